package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("unit")
class BrokerUrlTest {

    @Test
    void webSocket_hasTheSchemeThatFits() {
        Query none = new Query();
        assertThat(BrokerUrl.parse("http://h:1").webSocket("/x", none)).isEqualTo(URI.create("ws://h:1/x"));
        assertThat(BrokerUrl.parse("https://h").webSocket("/x", none)).isEqualTo(URI.create("wss://h/x"));
    }

    @Test
    void path_ofAProxy_isKept() {
        assertThat(BrokerUrl.parse("https://h/logs/").http("/api", new Query().with("a", "b c+d&e/ü")))
                .isEqualTo(URI.create("https://h/logs/api?a=b%20c%2Bd%26e%2F%C3%BC"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host:8080",
                "ws://h",
                "http:///x",
                "http://h/?q",
                "http://h/#f",
                "http://u:p@h",
                "http://a b"
            })
    void otherText_isRefused(String text) {
        assertThatThrownBy(() -> BrokerUrl.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
