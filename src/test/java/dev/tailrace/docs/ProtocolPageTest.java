package dev.tailrace.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.http.Route;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docs/PROTOCOL.md lists every call, and none that does not exist. */
@Tag("unit")
final class ProtocolPageTest {

    private static final Pattern CALL = Pattern.compile("^\\| `([A-Z]+ /[^`]*)` \\|", Pattern.MULTILINE);

    /** Files of pages, which no program asks for. */
    private static final Pattern FILES = Pattern.compile("GET /web/.*");

    @Test
    void calls_areTheRoutes() {
        Set<String> listed = CALL.matcher(Document.of("docs/PROTOCOL.md").text())
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> existing = Route.ALL.stream()
                .map(route -> route.method() + " " + route.path().replaceAll(":([a-z]+)", "{$1}"))
                .filter(call -> !FILES.matcher(call).matches())
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(listed).as("calls in docs/PROTOCOL.md").isEqualTo(existing);
    }
}
