package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
final class SilenceTest {

    private static final Duration USUAL = Duration.ofSeconds(45);

    private final Silence silence = new Silence(USUAL);

    @Test
    void initialLimit_appliesUntilTheBrokerSendsAnInterval() throws Exception {
        assertThat(silence.limit()).isEqualTo(USUAL);
        silence.alive("{\"time\":1}");
        silence.alive("{\"interval\":0}");
        silence.alive("{\"interval\":-5}");
        assertThat(silence.limit()).isEqualTo(USUAL);
    }

    @Test
    void limit_isTwoAndAHalfIntervals_onceTheyAreKnown() throws Exception {
        silence.alive("{\"interval\":15000}");
        assertThat(silence.limit()).isEqualTo(Duration.ofMillis(37_500));
        silence.alive("{\"interval\":60000,\"head\":\"k3f9-1\"}");
        assertThat(silence.limit()).isEqualTo(Duration.ofSeconds(150));
    }

    @Test
    void shortIntervals_leaveASecond() throws Exception {
        silence.alive("{\"interval\":100}");
        assertThat(silence.limit()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void eventThatCannotBeRead_changesNothing() {
        assertThatThrownBy(() -> silence.alive("nonsense")).isInstanceOf(IOException.class);
        assertThat(silence.limit()).isEqualTo(USUAL);
    }
}
