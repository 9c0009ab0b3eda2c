package dev.tailrace.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class DeviceIdTest {

    @ParameterizedTest
    @ValueSource(strings = {"a", "Z", "0", "_", "-", "...", ".a", "a.b_c-D9", "b8d0d2f3a4"})
    void id_ofAllowedCharacters_isAccepted(String text) {
        assertThat(new DeviceId(text).value()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "a/b",
                "a\\b",
                "a b",
                "a\n",
                "a\0",
                "ä",
                "a:b",
                "{a}",
                "a%2Fb",
                "a*",
                "\uD83D\uDE00"
            })
    void id_ofOtherCharacters_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> new DeviceId(text));
    }

    @Test
    void id_overItsLength_isRefused() {
        assertThat(new DeviceId("a".repeat(128)).value()).hasSize(128);
        assertThatIllegalArgumentException().isThrownBy(() -> new DeviceId("a".repeat(129)));
    }

    @Test
    void wrongIdInARequest_isABadRequest() {
        Problem problem = catchThrowableOfType(Problem.class, () -> RequestIds.device("a/b"));

        assertThat(problem.status()).isEqualTo(400);
        assertThat(problem.type()).isEqualTo("urn:tailrace:problem:bad-device");
    }

    @Test
    void id_isItsText() {
        assertThat(new DeviceId("kitchen")).hasToString("kitchen");
    }
}
