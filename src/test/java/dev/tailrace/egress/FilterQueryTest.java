package dev.tailrace.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.broker.Filter;
import dev.tailrace.http.Problem;
import dev.tailrace.model.Entry;
import dev.tailrace.model.Line;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The filter that a query asks for. */
@Tag("unit")
final class FilterQueryTest {

    /** Lines that are named by the digit with which the message begins. */
    private static final List<Line> LINES = List.of(
            line("1 started", "web", false, "info", "{\"user\":\"ann\",\"code\":200}"),
            line("2 slow: 200 ms", "db", false, "WARNING", "{\"http\":{\"code\":200},\"User\":\"ann\"}"),
            line("3 Disk full", "db", true, "fatal", "{\"user\":\"bob\"}"),
            line("4 no level", "web", true, null, null),
            line("5 audit", null, false, "audit", null));

    private static Line line(
            String message,
            @Nullable String service,
            boolean stderr,
            @Nullable String level,
            @Nullable String attributes) {
        byte[] json = attributes == null ? null : attributes.getBytes(StandardCharsets.UTF_8);
        return new Line(message, 1L, service, stderr, false, level, json);
    }

    private static @Nullable Filter filter(String query) {
        MultiMap params = MultiMap.caseInsensitiveMultiMap();
        new QueryStringDecoder("?" + query).parameters().forEach(params::add);
        return new Query(params).filter();
    }

    private static String shown(String query) {
        Filter filter = filter(query);
        return LINES.stream()
                .filter(line -> filter == null || filter.matches(new Entry(1, line)))
                .map(line -> line.message().substring(0, 1))
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ' ', quoteCharacter = '\0', textBlock = """
            tail=5 12345
            service=web 14
            service=web&service=db 1234
            service= 12345
            service!=web 235
            service!=web&service!=db 5
            service=web&service!=web ''
            level=warn 2
            level=W 2
            level=Warn&level=critical 23
            level=panic 3
            level=Audit 5
            level!=warn 1345
            level!=W&level!=fatal 145
            level>=warn 23
            level%3E=warn 23
            level=>=warn 23
            level=%3E%3Dwarning 23
            level>=I 123
            level>=TRACE 123
            level>=emergency ''
            level>=info&level!=warn 13
            level>=info&level>=critical 3
            level=>=info&level=warn 2
            level>= 12345
            stream=stderr 34
            stream!=stderr 125
            stream!=stderr&stream!=stdout ''
            q=00 2
            q!=DISK 1245
            q!=disk&q!=started 245
            q=d&q!=audit 13
            regex=^\\d\\s[a-z] 1245
            regex!=^\\d\\s[a-z] 3
            regex!=a&regex!=D 24
            regex=a&regex!=^5 1
            since=2 ''
            until=2 12345
            attr.user=ann 1
            attr.User=ann 2
            Attr.user=ann 1
            attr.user=ann&attr.user=bob 13
            attr.code=200 1
            attr.http.code=200 2
            attr.user!=ann 2345
            attr.user!=ann&attr.user!=bob 245
            attr.user!= 12345
            attr.user=ann&attr.code!=200 ''
            attr.user=~x ''
            service!=web&level>=warn&q!=disk 2
            attribute=x 12345
            levels=warn 12345
            """)
    void eachParameter_andItsContrary(String query, String expected) {
        assertThat(shown(query)).isEqualTo(expected.equals("''") ? "" : expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "level<=warn",
                "level>warn",
                "level<warn",
                "level~=warn",
                "level!~warn",
                "level==warn",
                "level=~warn",
                "level=!warn",
                "level=>warn",
                "level=<=warn",
                "level!=>=warn",
                "level>=nonsense",
                "level>==warn",
                "level>>=warn",
                "level[]=warn",
                "level =warn",
                "LEVEL<=warn",
                "level!!=warn",
                "service>=a",
                "service~=a",
                "service==a",
                "service=~a",
                "service!==a",
                "service!a",
                "stream>=stderr",
                "stream!=stdin",
                "stream=stdin",
                "stream~=stderr",
                "system!=true",
                "system>=true",
                "since>=5",
                "until<=5",
                "since!=5",
                "q~=a",
                "q!~a",
                "q>=a",
                "regex~=a",
                "regex==~a&regex~=b",
                "regex!=(",
                "regex!~a",
                "attr=x",
                "attr.=x",
                "attr.!=x",
                "attr[a]=x",
                "attr:a=x",
                "attr.a>=x",
                "attr.a~=x",
                "attr.a<=x",
                "attr.a!!=x",
                "attr.a>5",
                "attr.a<5",
                "attr.a~x"
            })
    void anotherOperator_isRefused(String query) {
        assertThatThrownBy(() -> filter(query))
                .as(query)
                .isInstanceOf(Problem.class)
                .hasMessageContaining(": ");
    }

    @Test
    void refusal_namesTheOperators() {
        assertThatThrownBy(() -> filter("level<=warn"))
                .hasMessage("level<: the operators of level are = != >=, as in level>=warn");
        assertThatThrownBy(() -> filter("regex=a&regex!=(")).hasMessageStartingWith("regex!: ");
        assertThatThrownBy(() -> filter("service~=x")).hasMessage("service~: the operators of service are = !=");
        assertThatThrownBy(() -> filter("level>=x")).hasMessageContaining("emergency alert critical error warn notice");
        assertThatThrownBy(() -> filter("attr.a>5")).hasMessageContaining("the operators of an attribute are = and !=");
    }

    @Test
    void size_isBounded() {
        assertThat(filter(many(20, i -> "&q!=" + i))).isNotNull();
        String texts = many(21, i -> "&q!=" + i);
        assertThatThrownBy(() -> filter(texts)).hasMessageContaining("at most 20 times");
        String patterns = many(21, i -> "&regex!=" + i);
        assertThatThrownBy(() -> filter(patterns)).hasMessageContaining("at most 20 times");
        String attributes = many(21, i -> "&attr.a" + i + "=x");
        assertThatThrownBy(() -> filter(attributes)).hasMessageContaining("at most 20 times");
        assertThat(filter(many(20, i -> "&attr.a" + i + "=x"))).isNotNull();
        String values = many(101, i -> "&attr.a=" + i);
        assertThatThrownBy(() -> filter(values)).hasMessageContaining("at most 100 times");
        assertThatThrownBy(() -> filter("attr." + "a".repeat(257) + "=x")).hasMessageContaining("1 to 256 characters");
        assertThatThrownBy(() -> filter("q!=" + "a".repeat(257))).hasMessageContaining("at most 256 characters");
        assertThatThrownBy(() -> filter("regex=a{300}&regex!=a{300}")).hasMessageContaining("together are too large");
    }

    private static String many(int count, IntFunction<String> parameter) {
        return IntStream.range(0, count).mapToObj(parameter).collect(Collectors.joining());
    }
}
