package dev.tailrace.cli.tail;

import dev.tailrace.client.Query;
import dev.tailrace.client.StreamName;
import dev.tailrace.client.UsageException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that select lines; the broker applies them. */
final class FilterOptions {

    @Option(names = "--service", paramLabel = "NAME", description = "only lines of this service (repeatable)")
    private List<String> services = List.of();

    @Option(names = "--not-service", paramLabel = "NAME", description = "no lines of this service (repeatable)")
    private List<String> otherServices = List.of();

    @Option(
            names = "--stream",
            paramLabel = "STREAM",
            description = "only lines written to ${COMPLETION-CANDIDATES} (repeatable)")
    private List<StreamName> streams = List.of();

    @Option(
            names = "--level",
            paramLabel = "LEVEL",
            description = "only lines of this level, by any of its names (repeatable)")
    private List<String> levels = List.of();

    @Option(names = "--not-level", paramLabel = "LEVEL", description = "no lines of this level (repeatable)")
    private List<String> otherLevels = List.of();

    @Option(
            names = "--min-level",
            paramLabel = "LEVEL",
            description = "only lines of this level and more severe ones, and none without a level")
    private @Nullable String minimumLevel;

    @Option(
            names = "--grep",
            paramLabel = "TEXT",
            description = "only lines whose message contains this text, ignoring case")
    private @Nullable String grep;

    @Option(
            names = {"-v", "--not-grep"},
            paramLabel = "TEXT",
            description = "no lines whose message contains this text, ignoring case (repeatable)")
    private List<String> otherTexts = List.of();

    @Option(names = "--regex", paramLabel = "RE", description = "only lines whose message matches (RE2 syntax)")
    private @Nullable String regex;

    @Option(names = "--not-regex", paramLabel = "RE", description = "no lines whose message matches (repeatable)")
    private List<String> otherPatterns = List.of();

    @Option(
            names = "--attr",
            paramLabel = "NAME=VALUE",
            description = "only lines with this attribute, such as http.status=500 (repeatable)")
    private List<String> attributes = List.of();

    @Option(names = "--not-attr", paramLabel = "NAME=VALUE", description = "no lines with this attribute (repeatable)")
    private List<String> otherAttributes = List.of();

    /** @throws UsageException when options contradict each other or cannot be parsed */
    void check() {
        if (grep != null && regex != null) {
            throw new UsageException("--grep and --regex cannot be combined");
        }
        attributes.forEach(one -> equalsSign("--attr", one));
        otherAttributes.forEach(one -> equalsSign("--not-attr", one));
    }

    private static int equalsSign(String option, String attribute) {
        int at = attribute.indexOf('=');
        if (at < 1 || at == attribute.length() - 1) {
            throw new UsageException(option + ": must be NAME=VALUE, and neither may be empty: " + attribute);
        }
        return at;
    }

    Query addTo(Query query) {
        query.withAll("service", services)
                .withAll("service!", otherServices)
                .withAll("stream", streams)
                .withAll("level", levels)
                .withAll("level!", otherLevels)
                .with("level>", minimumLevel)
                .with("q", grep)
                .withAll("q!", otherTexts)
                .with("regex", regex)
                .withAll("regex!", otherPatterns);
        attributes.forEach(one -> add(query, "--attr", one, ""));
        otherAttributes.forEach(one -> add(query, "--not-attr", one, "!"));
        return query;
    }

    private static void add(Query query, String option, String attribute, String operator) {
        int at = equalsSign(option, attribute);
        query.with("attr." + attribute.substring(0, at) + operator, attribute.substring(at + 1));
    }
}
