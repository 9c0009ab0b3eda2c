package dev.tailrace.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Levels where loggers write them, and the same words elsewhere. */
@Tag("unit")
final class LevelGuessTest {

    private final LevelGuess guess = new LevelGuess();

    /** The level that a line gets which is sent without one. */
    private @Nullable String guessed(String message) {
        var out = new Entries.Builder(64);
        Line.of(message).writeTo(out, 1, guess);
        Entries entry = out.build();
        String stored =
                new String(entry.bytes(), entry.start(0), entry.end(0) - entry.start(0), StandardCharsets.UTF_8);
        String level =
                Entry.read(entry.bytes(), entry.start(0), entry.end(0)).line().level();
        String mark = level == null ? "" : ",\"level\":\"" + level + "\",\"levelGuessed\":true}";
        assertThat(stored).endsWith(mark);
        assertThat(stored.contains("levelGuessed")).isEqualTo(level != null);
        return level;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '\0', textBlock = """
            error     ~ 2026-11-23 12:00:00 ERROR cannot open
            error     ~ ERROR cannot open
            error     ~ ERROR: cannot open
            error     ~ ERROR:root:message
            info      ~ INFO
            warn      ~ 2026-11-23 12:00:00,123 [main] WARN  com.foo.Bar - message
            info      ~ 12:00:00.123 [main] INFO  com.foo.Bar - Starting
            info      ~ 2026-11-23T12:00:00.000Z  INFO 1 --- [           main] o.s.b.SpringApplication : Starting
            debug     ~ 2026-11-23T12:00:00.000+01:00 DEBUG 1 --- [nio-8080-exec-1] c.e.Foo : text
            info      ~ [2026-11-29 10:00:00 +0000] [1] [INFO] Booting worker
            warn      ~ 2026-11-23 12:00:00,123 - root - WARNING - message
            critical  ~ 2026-11-29 10:00:00,123 CRIT Supervisor is running as root
            info      ~ INFO:     127.0.0.1:5000 - "GET / HTTP/1.1" 200 OK
            error     ~ 2026-11-29 10:00:00,123:ERROR:foo:text
            error     ~ [2026-11-29 10:00:00,123: ERROR/ForkPoolWorker-1] Task failed
            info      ~ [2026-11-29T10:00:00Z INFO  mycrate::server] text
            warn      ~ 2026-11-29T10:00:00.000000Z  WARN mycrate: text
            error     ~ 2026-11-29 10:00:00.000 | ERROR    | module:func:1 - text
            info      ~ app-1  | 2026-11-29 10:00:00 INFO started
            info      ~ [2026-11-29 10:00:00,000] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)
            info      ~ 2026-11-29T10:00:00.000Z\tINFO\tmain.go:12\ttext
            info      ~ [12:00:00 INF] text
            error     ~ [12:00:00 ERR] text
            error     ~ 12:00PM ERR text error=refused
            warn      ~ Nov 29 10:00:00 kitchen app[12]: WARN text
            warn      ~ [Sat Nov 29 10:00:00.123456 2026] [core:warn] [pid 12] text
            error     ~ [Sat Nov 29 10:00:00 2026] [error] [client ::1] text
            error     ~ 2026/11/29 10:00:00 [error] 12#12: *1 open() failed
            warn      ~ 2026-11-29T10:00:00.000000Z 0 [Warning] [MY-010068] [Server] text
            info      ~ [info] listening
            info      ~ [ info ] listening
            info      ~ [INFO ] text
            info      ~ <info>  [1763820000.1234] manager: text
            debug     ~ (debug) text
            error     ~ 10:00:00.123 [error] GenServer terminating
            error     ~ app [error] text
            error     ~ error: cannot open
            error     ~ Error: cannot open
            critical  ~ fatal: not a git repository
            error     ~ ld: error: undefined symbol
            warn      ~ foo.c:12:3: warning: unused variable
            info      ~ info: Microsoft.Hosting.Lifetime[14]
            error     ~ fail: Microsoft.AspNetCore.Server.Kestrel[13]
            critical  ~ crit: Microsoft.AspNetCore[6]
            debug     ~ dbug: Microsoft.AspNetCore[6]
            critical  ~ panic: runtime error: index out of range
            critical  ~ fatal error: all goroutines are asleep
            error     ~ Traceback (most recent call last):
            error     ~ Exception in thread "main" java.lang.Error
            error     ~ java.lang.NullPointerException: text
            error     ~ java.lang.NullPointerException
            error     ~ TypeError: x is not a function
            error     ~ TypeError [ERR_INVALID_ARG]: text
            error     ~ KeyError
            error     ~ Uncaught ReferenceError: x is not defined
            error     ~ Caused by: java.io.IOException: text
            error     ~ System.Exception: text
            info      ~ I1129 10:00:00.123456   12 main.go:12] text
            error     ~ E1129 10:00:00.123456   12 main.go:12] text
            warn      ~ W (1234) wifi: text
            debug     ~ level=debug msg=x
            info      ~ time="2026-11-29T10:00:00Z" level=info msg="started"
            warn      ~ ts=2026-11-29T10:00:00Z caller=main.go:12 level=warn msg="some text"
            error     ~ msg="there are some words first" level=error
            error     ~ this text has many words and then lvl=err
            warn      ~ level: warning, text
            info      ~ {"level":"info","msg":"x"}
            info      ~ {"level":30,"time":1763820000000,"msg":"x"}
            error     ~ {"time":"x","msg":"some words and more of them","severity":"ERROR"}
            warn      ~ {"@timestamp":"x","log.level": "WARN","message":"x"}
            warn      ~ {"levelname": "WARNING", "message": "x"}
            notice    ~ severity='NOTICE' text
            emergency ~ EMERG: out of everything
            error     ~ ERROR: 404 Not Found
            error     ~ time=1 level=E msg=x
            info      ~ {"level":"Information","msg":"x"}
            critical  ~ {"level":"dpanic","msg":"x"}
            """)
    void level_isFoundWhereLoggersWriteIt(String level, String message) {
        assertThat(guessed(message.replace("\\t", "\t"))).as(message).isEqualTo(level);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nothing to see",
                "errors were found: 0",
                "no ERROR found",
                "could not parse it - ERROR in row 3",
                "it took until noon | ERROR",
                "we waited until then: 10:00:00 ERROR",
                "An ERROR occurred",
                "Set LOG_LEVEL to DEBUG for more",
                "set level to DEBUG",
                "Log level: DEBUG",
                "log level is info: nothing else",
                "ERROR_COUNT=5",
                "ERRORS",
                "ERROR-FREE run",
                "INFOrmation",
                "an error occurred",
                "error occurred",
                "warning lights are on",
                "/var/log/ERROR/x",
                "/var/log/error: not a directory",
                "C:\\ERROR\\x",
                "https://example.com/error: text",
                "GET /error HTTP/1.1",
                "GET /logs?level=error HTTP/1.1",
                "POST /x?a=1&severity=warn",
                "starting app --log-level=debug",
                "starting app --level error",
                "LOG_LEVEL=debug",
                "loglevel=debug",
                "water level: high",
                "the water level: warn the people",
                "level=high",
                "level=",
                "level",
                "level=99",
                "\"level\": 999999",
                "{\"level\":{\"name\":\"info\"}}",
                "{\"status\":\"ERROR\"}",
                "codes[error] = 5",
                "List<Error> errors",
                "the request (error) was answered",
                "there were some [error] entries",
                "\"ERROR\" is what it said",
                "options: debug: true",
                "ErrorHandler started",
                "MyError counters reset",
                "IOException while reading",
                "This is a SentenceException: not at the beginning",
                "I (we) did it",
                "I1129",
                "A big ERROR",
                "😀 all is well",
                "Größe: 5",
                "temperature is 20.5 °C",
                "GET /api/state 200 in 12 ms",
                "http://example.com",
                "E: ",
                "all: done",
                "success: done",
                "NO ERROR",
                "SELF TEST OK, NO ERROR",
                "Нажмите кнопку INFO",
                "エラー なし ERROR",
                "[no error] all good",
                "[Security Alert] x",
                "# FAIL:  0",
                "# ERROR: 0",
                "PASS: 10 FAIL: 0",
                "Error: 0",
                "E1234 5 items shipped",
                "D1234 0 left",
                "level: fine",
                "level: all clear",
                "level=T1",
                "level: E12",
                "level: e",
                "LOG_LEVEL: INFO",
                "LogLevel: DEBUG"
            })
    void sameWords_inASentenceOrAPath_areNoLevel(String message) {
        assertThat(guessed(message)).as(message).isNull();
    }

    @Test
    void terminalEscapes_areAsIfTheyWereNotThere() {
        assertThat(guessed("\u001b[31mERROR\u001b[0m text")).isEqualTo("error");
        assertThat(guessed("12:00:00 [\u001b[1;33mwarn\u001b[0m] text")).isEqualTo("warn");
        assertThat(guessed("\u001b[36mINFO\u001b[0m[0000] text")).isEqualTo("info");
        assertThat(guessed("\u001b[1m".repeat(20) + "ERROR text")).isEqualTo("error");
        assertThat(guessed("\u001b[1m".repeat(200) + "ERROR text")).isNull();
        assertThat(guessed("\u001b[")).isNull();
        assertThat(guessed("\u001b")).isNull();
    }

    @Test
    void truncatedMessage_isGuessedToo() {
        var out = new Entries.Builder(64);
        Line.of("ERROR " + "x".repeat(70_000)).writeTo(out, 1, guess);
        Entries entry = out.build();
        assertThat(new String(entry.bytes(), StandardCharsets.UTF_8).strip())
                .endsWith("x\",\"level\":\"error\",\"levelGuessed\":true,\"truncated\":4470}");
    }

    @Test
    void laterRows_beginAnew() {
        assertThat(guessed("Nov 29, 2026 10:00:00 AM com.foo.Bar main\nINFO: Starting"))
                .isEqualTo("info");
        assertThat(guessed("java.io.IOException\n\tat x")).isEqualTo("error");
        assertThat(guessed("ok\r\n[warn] x")).isEqualTo("warn");
    }

    @Test
    void onlyTheBeginning_isRead() {
        assertThat(guessed("=".repeat(155) + " level=error")).isNull();
        assertThat(guessed("=".repeat(140) + " level=error")).isEqualTo("error");
        assertThat(guessed("- ".repeat(80) + "ERROR")).isNull();
        assertThat(guessed("- ".repeat(70) + "ERROR " + "x".repeat(60_000))).isEqualTo("error");
    }

    @Test
    void lineWithALevel_keepsIt() {
        var out = new Entries.Builder(64);
        new Line("ERROR x", 1L, null, false, false, "audit").writeTo(out, 1, guess);
        Entries entry = out.build();
        assertThat(Entry.read(entry.bytes(), entry.start(0), entry.end(0))
                        .line()
                        .level())
                .isEqualTo("audit");
    }

    @Test
    void anyBytes_areReadWithoutFailure() {
        Random random = new Random(5);
        String[] pieces = {
            "level",
            "=",
            ":",
            "\"",
            "\\",
            "\n",
            "\t",
            "\u001b",
            "[",
            "]",
            "31m",
            "ERROR",
            "error",
            "log.",
            " ",
            "-",
            "(",
            "1",
            "Exception",
            "é",
            "\u0000",
            "I1129 1",
            "W (",
            "|",
            "<",
            ".",
            "\uD83D"
        };
        for (int round = 0; round < 50_000; round++) {
            var message = new StringBuilder();
            for (int i = random.nextInt(1 + round % 60); i > 0; i--) {
                message.append(pieces[random.nextInt(pieces.length)]);
            }
            guessed(message.toString());
        }
    }
}
