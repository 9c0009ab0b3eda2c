package dev.tailrace.storage.redis.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("unit")
class RedisUriTest {

    @Test
    void parse_hostAlone_takesTheDefaults() {
        RedisUri uri = RedisUri.parse("redis://localhost");
        assertThat(uri.hosts()).containsExactly(new RedisAddress("localhost", 6379));
        assertThat(uri.tls()).isFalse();
        assertThat(uri.database()).isZero();
        assertThat(uri.user()).isNull();
        assertThat(uri.password()).isNull();
        assertThat(uri.mode()).isNull();
    }

    @Test
    void parse_everything_findsAllParts() {
        RedisUri uri = RedisUri.parse(
                "rediss://ann:p%40ss%2F@a:1,[::1]:2,c/3?master=main&mode=sentinel&sentinelPassword=s+x&verify=false&ca=/a/b.pem");
        assertThat(uri.tls()).isTrue();
        assertThat(uri.verify()).isFalse();
        assertThat(uri.ca()).isEqualTo("/a/b.pem");
        assertThat(uri.user()).isEqualTo("ann");
        assertThat(uri.password()).isEqualTo("p@ss/");
        assertThat(uri.hosts())
                .containsExactly(new RedisAddress("a", 1), new RedisAddress("::1", 2), new RedisAddress("c", 26379));
        assertThat(uri.database()).isEqualTo(3);
        assertThat(uri.mode()).isEqualTo(RedisUri.Mode.SENTINEL);
        assertThat(uri.master()).isEqualTo("main");
        assertThat(uri.sentinelPassword()).isEqualTo("s+x");
    }

    @Test
    void parse_passwordWithoutUser_isTheDefaultUsers() {
        RedisUri uri = RedisUri.parse("redis://:secret@h");
        assertThat(uri.user()).isNull();
        assertThat(uri.password()).isEqualTo("secret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http://h | begin with redis://",
                "redis:// | a host is missing",
                "redis://a,,b | a host is missing",
                "redis://:secret@h:x | a port must be",
                "redis://:secret@h:70000 | a port must be",
                "redis://:secret@h/x | database",
                "redis://secret@h | a user needs a password",
                "redis://:secret@h?mode=secret | mode= must be",
                "redis://:secret@h?secret=1 | unknown parameter",
                "redis://:sec%ret@h | the password has a %",
                "redis://:secret@h?ca=x | rediss:// only",
                "redis://:secret@h?verify=false | rediss:// only",
                "redis://:secret@h/1?mode=cluster | only has database 0",
                "redis://:secret@h?mode=cluster&master=m | mode=sentinel only",
                "redis://:secret | a host is missing",
                "redis://:sec?ret@h | unknown parameter",
            })
    void parse_wrong_namesTheMistakeAndNeverThePassword(String url, String message) {
        assertThatThrownBy(() -> RedisUri.parse(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .hasMessageNotContaining("sec");
    }

    @Test
    void toString_hidesWhatIsSecret() {
        assertThat(RedisUri.parse("redis://ann:secret@h:1/2?master=m&sentinelPassword=hidden"))
                .hasToString("redis://ann:***@h:1/2?master=m");
    }
}
