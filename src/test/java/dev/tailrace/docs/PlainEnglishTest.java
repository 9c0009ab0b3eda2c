package dev.tailrace.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Texts that users and operators read use the terms of the field, and none of the phrases that strangers read twice. */
@Tag("unit")
final class PlainEnglishTest {

    /**
     * A phrase that must not be used.
     *
     * @param phrase a regular expression of whole words, in either case
     * @param instead what to write
     * @param example a text that contains the phrase
     */
    record Banned(String phrase, String instead, String example) {

        Pattern pattern() {
            return Pattern.compile("(?i)(?<![\\w-])(?:" + phrase + ")(?![\\w-])");
        }

        @Override
        public String toString() {
            return phrase;
        }
    }

    private static final List<Banned> BANNED = List.of(
            new Banned("who are you", "authentication required", "Who are you?"),
            new Banned("nothing is here", "not found", "Nothing is here"),
            new Banned("tells?|told", "reports, reported, logged", "their sender was told"),
            new Banned("(?<!right )away", "unavailable, shutting down", "storage is away"),
            new Banned("(?:resumes?|begins?|starts?|entries) behind", "after", "begin behind this position"),
            new Banned("likewise", "name the thing again", "likewise from one address"),
            new Banned("none of ours", "unknown to the broker", "a token that is none of ours"),
            new Banned("is none|are none", "is not, there is no", "what is none"),
            new Banned("in the making", "pending, partial", "bytes in the making"),
            new Banned(
                    "(?:ask|come|connect|send|try)s? again|tried again",
                    "retry, reconnect, resend",
                    "a reader that comes again"),
            new Banned("hears?|heard", "receives, received", "nothing was heard of it"),
            new Banned("not a word", "no message", "not a word for 30 s"),
            new Banned("elsewhere", "another origin, another host", "A page from elsewhere"),
            new Banned("nobody|somebody|everybody", "no client, a caller, anyone", "for everybody"),
            new Banned("whoever|whom", "anyone who, the caller that", "whoever reaches it"),
            new Banned("(?:^|[.;:,] )who(?! [^.;:]*\\?)", "the caller that, anyone who", "Who cannot be asked waits."),
            new Banned("upon which", "then", "upon which it ends"),
            new Banned("as (?:it|they) came", "unchanged", "the id of a checkpoint as it came"),
            new Banned("pass(?:es|ed)? over", "skip, skipped", "it is passed over"),
            new Banned("anew", "again, new", "a ring that was begun anew"),
            new Banned("goodbye|politely|calmly", "what happens", "the broker said goodbye"),
            new Banned("so (?:many|often)", "a number, this often", "at most so many entries"),
            new Banned("letter case", "ignoring case", "letter case aside"),
            new Banned("(?:one|a) life of", "one run of", "one life of the sending program"),
            new Banned("cannot be had", "is not available", "lines that cannot be had any more"),
            new Banned("any more", "no longer", "is not known any more"),
            new Banned("(?:what|that) there (?:is|are)", "the available ones", "see what there is"),
            new Banned("runs? out now", "expires", "the certificate runs out now"),
            new Banned("be had|is good|good for", "available, valid", "as long as the token is good"),
            new Banned("what is wrong here", "the error", "what is wrong here"),
            new Banned("spoilt|mended?", "invalid, fixed", "a spoilt block"));

    /** A text, and where it stands. */
    record Shown(String place, String text) {}

    /** Where texts are that people read. */
    enum Source {
        JAVA(() -> files("src/main/java", ".java", PlainEnglishTest::literals), 700),
        OPENAPI(() -> lines(Path.of("src/main/resources/openapi.yaml")), 1000),
        PAGE(
                () -> Stream.of(".html", ".json", ".js")
                        .flatMap(end -> files(
                                "src/main/resources/web",
                                end,
                                end.equals(".js") ? PlainEnglishTest::scriptLiterals : PlainEnglishTest::lines)),
                200),
        CHART(() -> Stream.of(".yaml", ".txt").flatMap(end -> files("helm", end, PlainEnglishTest::lines)), 300),
        DEPLOYMENT(() -> files("deploy", "", PlainEnglishTest::lines), 100),
        MAKEFILE(() -> lines(Path.of("Makefile")), 50),
        DOCUMENTS(
                () -> Document.all().stream()
                        .flatMap(document ->
                                texts(document.file(), document.prose().lines())),
                1500);

        private final Texts texts;
        private final int least;

        Source(Texts texts, int least) {
            this.texts = texts;
            this.least = least;
        }
    }

    private interface Texts {
        Stream<Shown> read();
    }

    private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*(?://|\\*|/\\*).*$|(?<=[;{},)]) // .*$");
    private static final Pattern LITERAL = Pattern.compile("\"(?:[^\"\\\\\\n]|\\\\.)*\"");
    private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");
    private static final Pattern SCRIPT_LITERAL = Pattern.compile("'(?:[^'\\\\\\n]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`");
    /** Quoted words: code, placeholders, values of the wire in openapi.yaml, and a state of {@code /health/ready}. */
    private static final Pattern CODE = Pattern.compile("`[^`]*`|\\$\\{[^}]*\\}|enum: \\[[^]]*]|^\"storage away\"$");

    static List<Banned> banned() {
        return BANNED;
    }

    /** Literals of several words, with the parts of one text together. */
    private static Stream<Shown> literals(Path file) {
        String source =
                JOINED.matcher(COMMENT.matcher(read(file)).replaceAll("")).replaceAll("");
        return texts(file, LITERAL.matcher(source).results().map(MatchResult::group))
                .filter(shown -> shown.text().contains(" "));
    }

    private static Stream<Shown> scriptLiterals(Path file) {
        String source = COMMENT.matcher(read(file)).replaceAll("").replaceAll("\\$\\{[^{}`]*\\}", "x");
        return texts(
                        file,
                        SCRIPT_LITERAL
                                .matcher(source)
                                .results()
                                .map(match -> match.group().replace("`", "'")))
                .filter(shown -> shown.text().contains(" "));
    }

    private static Stream<Shown> lines(Path file) {
        return texts(file, read(file).lines());
    }

    private static Stream<Shown> texts(Path file, Stream<String> texts) {
        return texts.map(text -> new Shown(file.toString(), CODE.matcher(text).replaceAll("``")));
    }

    private static Stream<Shown> files(String root, String end, Function<Path, Stream<Shown>> texts) {
        try (Stream<Path> files = Files.walk(Path.of(root))) {
            List<Path> found = files.filter(Files::isRegularFile)
                    .filter(file -> file.toString().endsWith(end))
                    .sorted()
                    .toList();
            return found.stream().flatMap(texts);
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new AssertionError(file.toString(), unreadable);
        }
    }

    @ParameterizedTest
    @EnumSource
    void texts_haveNoBannedPhrase(Source source) {
        List<Shown> shown = source.texts.read().toList();
        assertThat(shown.size()).as("texts found in %s", source).isGreaterThan(source.least);
        List<String> found = new ArrayList<>();
        for (Banned banned : BANNED) {
            Pattern pattern = banned.pattern();
            for (Shown one : shown) {
                if (pattern.matcher(one.text()).find()) {
                    found.add("%s: \"%s\": instead of \"%s\" write: %s"
                            .formatted(one.place(), one.text().strip(), banned.phrase(), banned.instead()));
                }
            }
        }
        assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("banned")
    void everyPhrase_isFoundInItsExample(Banned banned) {
        assertThat(banned.example()).containsPattern(banned.pattern());
        assertThat(banned.instead()).doesNotContainPattern(banned.pattern());
    }

    @Test
    void partsOfOneText_areReadTogether(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(
                directory.resolve("A.java"), "log.warn(\"storage is\"\n  + \" away\"); // whoever\n/* nobody */\n");
        assertThat(literals(file).map(Shown::text)).containsExactly("\"storage is away\"");
    }
}
