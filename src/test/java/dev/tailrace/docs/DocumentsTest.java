package dev.tailrace.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that the documents name exists. */
@Tag("unit")
final class DocumentsTest {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern FILE =
            Pattern.compile("`((?:deploy|helm|docs|src|\\.ci)/[A-Za-z0-9_./-]+)`|(?:deploy|helm)/[a-z./-]+\\.yaml");
    private static final Pattern VARIABLE = Pattern.compile("TAILRACE_[A-Z0-9_]+");
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+Test)(?:\\.(\\w+))?`");
    private static final Pattern TARGET = Pattern.compile("\\bmake ([a-z][a-z-]*)");
    private static final Pattern OPTION = Pattern.compile("`--([a-z][a-z0-9-]+)[^`]*`");

    /** Variables of commands, and of the log, which are no settings of the broker. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of("TAILRACE_URL", "TAILRACE_TOKEN", "TAILRACE_CA", "TAILRACE_LOG_LEVEL", "TAILRACE_LOG_FORMAT");

    /** The options of every command, of Helm and of Java. */
    private static final Set<String> OTHER_OPTIONS = Set.of("help", "set", "sun-misc-unsafe-memory-access");

    static List<Document> documents() {
        return Document.all();
    }

    private static Stream<MatchResult> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results();
    }

    @Test
    void readme_hasAtMost120Lines() {
        assertThat(Document.of("README.md").text().lines().count()).isLessThanOrEqualTo(120);
    }

    @Test
    void everyDocument_isNamedInTheReadme() {
        assertThat(documents().stream().map(Document::toString).filter(file -> !file.equals("README.md")))
                .allSatisfy(file -> assertThat(Document.of("README.md").text()).contains("](" + file));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void links_leadSomewhere(Document document) {
        for (String target :
                matches(LINK, document.prose()).map(match -> match.group(1)).toList()) {
            if (target.matches("[a-z]+:.*")) {
                continue;
            }
            String[] parts = target.split("#", 2);
            Path file = parts[0].isEmpty() ? document.file() : resolved(document.file(), parts[0]);
            assertThat(file).as("%s links to %s", document, target).exists();
            if (parts.length > 1) {
                assertThat(Document.of(file.toString()).anchors())
                        .as("%s links to %s", document, target)
                        .contains(parts[1]);
            }
        }
    }

    private static Path resolved(Path from, String target) {
        return from.resolveSibling(target).normalize();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void namedFiles_exist(Document document) {
        assertThat(matches(FILE, document.text()).map(match -> match.group(1) == null ? match.group() : match.group(1)))
                .allSatisfy(file -> assertThat(Path.of(file)).exists());
    }

    @ParameterizedTest
    @MethodSource("documents")
    void namedVariables_exist(Document document) {
        Set<String> known =
                Arrays.stream(Setting.values()).map(Setting::variable).collect(Collectors.toSet());
        known.addAll(OTHER_VARIABLES);
        assertThat(matches(VARIABLE, document.text()).map(MatchResult::group).distinct())
                .allMatch(known::contains, "is a variable of Tailrace");
    }

    @ParameterizedTest
    @MethodSource("documents")
    void namedOptions_exist(Document document) throws IOException {
        Set<String> known = Arrays.stream(Setting.values()).map(Setting::option).collect(Collectors.toSet());
        known.addAll(optionsOfCommands());
        known.addAll(OTHER_OPTIONS);
        assertThat(matches(OPTION, document.prose())
                        .map(match -> match.group(1))
                        .distinct())
                .allMatch(known::contains, "is an option of a command");
    }

    /** The options that the commands declare. */
    private static Set<String> optionsOfCommands() throws IOException {
        Set<String> options = new TreeSet<>();
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java/dev/tailrace"))) {
            for (Path source : sources.filter(Files::isRegularFile).toList()) {
                matches(Pattern.compile("\"--([a-z-]+)\""), Files.readString(source))
                        .forEach(match -> options.add(match.group(1)));
            }
        }
        return options;
    }

    @ParameterizedTest
    @MethodSource("documents")
    void namedTests_exist(Document document) throws IOException {
        for (MatchResult match : matches(TEST, document.text()).toList()) {
            try (Stream<Path> sources = Files.walk(Path.of("src/test/java"))) {
                List<Path> found = sources.filter(file -> file.endsWith(match.group(1) + ".java"))
                        .toList();
                assertThat(found).as("%s names %s", document, match.group()).isNotEmpty();
                if (match.group(2) != null) {
                    assertThat(words(found.get(0)))
                            .as("%s names %s", document, match.group())
                            .contains(match.group(2));
                }
            }
        }
    }

    private static Set<String> words(Path source) throws IOException {
        return matches(Pattern.compile("\\w+"), Files.readString(source))
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void namedTargets_exist(Document document) throws IOException {
        String makefile = Files.readString(Path.of("Makefile"));
        assertThat(matches(TARGET, code(document)).map(match -> match.group(1)).distinct())
                .allMatch(target -> makefile.contains("\n" + target + ":"), "is a target of the Makefile");
    }

    /** The text in blocks and between backticks. */
    private static String code(Document document) {
        return Stream.concat(
                        Stream.of("", "sh", "bash")
                                .flatMap(language ->
                                        document.blocks(language).stream().map(Document.Block::text)),
                        matches(Pattern.compile("`[^`]+`"), document.prose()).map(MatchResult::group))
                .collect(Collectors.joining("\n"));
    }
}
