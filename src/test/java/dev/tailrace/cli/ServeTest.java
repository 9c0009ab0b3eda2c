package dev.tailrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The line that a broker prints when it listens. */
@Tag("unit")
final class ServeTest {

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.1", "::1, [::1]", "::, [::]", "logs.example.com, logs.example.com"})
    void address_isThatOfAUrl(String host, String inUrl) {
        URI url = URI.create("http://" + Serve.authority(host, 8080));
        assertThat(url.getHost()).isEqualTo(inUrl);
        assertThat(url.getPort()).isEqualTo(8080);
    }
}
