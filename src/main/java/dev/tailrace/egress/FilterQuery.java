package dev.tailrace.egress;

import dev.tailrace.broker.Condition;
import dev.tailrace.broker.Condition.Field;
import dev.tailrace.broker.Filter;
import dev.tailrace.http.Problem;
import dev.tailrace.model.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses the parameters of a filter: {@code service stream system level q regex since until attr.NAME}. In a query
 * {@code service!=web} is a parameter {@code service!}, and {@code level>=warn} a parameter {@code level>}. Any of the
 * values of a parameter matches, and none of the values of one with an exclamation mark; all parameters must match.
 */
final class FilterQuery {

    private static final int MAX_TEXT = 256;

    /** Excluded texts, excluded patterns, and parameters of attributes: each is applied to every entry. */
    private static final int MAX_CONDITIONS = 20;

    private static final String ATTRIBUTE = "attr.";

    private static final String LEVELS = "emergency alert critical error warn notice info debug trace";

    /** What may follow the names of the parameters. */
    private static final Map<String, List<String>> OPERATORS = Map.of(
            "service", List.of("=", "!="),
            "stream", List.of("=", "!="),
            "system", List.of("="),
            "level", List.of("=", "!=", ">="),
            "q", List.of("=", "!="),
            "regex", List.of("=", "!="),
            "since", List.of("="),
            "until", List.of("="));

    private final Query query;
    private final List<Condition> conditions = new ArrayList<>();

    FilterQuery(Query query) {
        this.query = query;
    }

    /** The filter, or null when all entries are wanted. */
    @Nullable
    Filter filter() {
        refuseOtherOperators();
        streams("stream", query.values("stream"), false);
        streams("stream!", query.values("stream!"), true);
        return withOtherParameters();
    }

    /** As {@link #filter()}, for a route where {@code stream} has another meaning. */
    @Nullable
    Filter filter(Set<String> streams) {
        refuseOtherOperators();
        streams("stream", streams, false);
        streams("stream!", query.values("stream!"), true);
        return withOtherParameters();
    }

    private @Nullable Filter withOtherParameters() {
        services("service", query.values("service"), false);
        services("service!", query.values("service!"), true);
        levels(query.values("level"));
        excludedLevels(query.values("level!"));
        query.values("level>").forEach(this::minimumLevel);
        Boolean system = query.bool("system");
        if (system != null) {
            conditions.add(new Condition.BySystem(system));
        }
        long since = query.time("since", Long.MIN_VALUE);
        long until = query.time("until", Long.MAX_VALUE);
        if (since != Long.MIN_VALUE || until != Long.MAX_VALUE) {
            conditions.add(new Condition.Between(since, until));
        }
        texts();
        patterns();
        attributes();
        return new Filter(conditions).orNull();
    }

    // ---- operators

    private void refuseOtherOperators() {
        for (Map.Entry<String, String> one : query.all()) {
            String name = one.getKey().toLowerCase(Locale.ROOT);
            int end = 0;
            while (end < name.length() && isNamePart(name.charAt(end))) {
                end++;
            }
            String operator = name.substring(end) + '=';
            List<String> known = OPERATORS.get(name.substring(0, end));
            if (known != null && !known.contains(operator)) {
                throw Problem.badParameter(
                        one.getKey(),
                        "the operators of " + name.substring(0, end) + " are " + String.join(" ", known)
                                + (known.contains(">=") ? ", as in level>=warn" : ""));
            }
            if (name.startsWith("attr") && end == 4 && !name.startsWith(ATTRIBUTE)) {
                throw Problem.badParameter(one.getKey(), "give the name of the attribute, as in attr.NAME=value");
            }
        }
    }

    private static boolean isNamePart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }

    private static boolean isOperator(char c) {
        return "<>=!~".indexOf(c) >= 0;
    }

    // ---- fields

    private void add(Condition condition, boolean negated) {
        conditions.add(Condition.of(condition, negated));
    }

    private void streams(String name, Set<String> streams, boolean negated) {
        if (!Set.of("stdout", "stderr").containsAll(streams)) {
            throw Problem.badParameter(name, "must be stdout or stderr");
        }
        if (!streams.isEmpty()) {
            add(new Condition.OneOf(Field.STREAM, streams), negated);
        }
    }

    private void services(String name, Set<String> services, boolean negated) {
        for (String service : services) {
            if (service.startsWith("=") || service.startsWith("~")) {
                throw Problem.badParameter(name, "the operators of service are = and !=");
            }
        }
        if (!services.isEmpty()) {
            add(new Condition.OneOf(Field.SERVICE, services), negated);
        }
    }

    private void levels(Set<String> values) {
        Set<String> words = new LinkedHashSet<>();
        for (String value : values) {
            if (value.startsWith(">=")) {
                minimumLevel(value.substring(2));
            } else {
                words.add(word("level", value));
            }
        }
        if (!words.isEmpty()) {
            conditions.add(Condition.ofLevels(words));
        }
    }

    private void excludedLevels(Set<String> values) {
        for (String value : values) {
            word("level!", value);
        }
        if (!values.isEmpty()) {
            add(Condition.ofLevels(values), true);
        }
    }

    private static String word(String name, String value) {
        if (isOperator(value.charAt(0))) {
            throw Problem.badParameter(
                    name, "the operators of level are = != >=, as in level=warn, level!=debug and level>=warn");
        }
        return value;
    }

    private void minimumLevel(String value) {
        Level level = value.isEmpty() || isOperator(value.charAt(0)) ? null : Level.of(value);
        if (level == null) {
            throw Problem.badParameter(
                    "level>", "must be a known level: one of " + LEVELS + ", or another name of one");
        }
        conditions.add(new Condition.AtLeast(level));
    }

    // ---- messages

    private void texts() {
        String text = query.text("q");
        if (text != null) {
            add(contains("q", text), false);
        }
        for (String excluded : few("q!", query.values("q!"))) {
            add(contains("q!", excluded), true);
        }
    }

    private static Condition contains(String name, String text) {
        if (text.length() > MAX_TEXT) {
            throw Problem.badParameter(name, "must have at most " + MAX_TEXT + " characters");
        }
        return new Condition.Contains(text, true);
    }

    private void patterns() {
        Regex patterns = new Regex("regex");
        String pattern = query.text("regex");
        if (pattern != null) {
            add(new Condition.Finds(patterns.compile(pattern, 0)), false);
        }
        for (String excluded : few("regex!", query.values("regex!"))) {
            add(new Condition.Finds(patterns.in("regex!").compile(excluded, 0)), true);
        }
    }

    private static <T> Set<T> few(String name, Set<T> values) {
        if (values.size() > MAX_CONDITIONS) {
            throw Problem.badParameter(name, "may be given at most " + MAX_CONDITIONS + " times");
        }
        return values;
    }

    // ---- attributes

    private void attributes() {
        Map<String, List<String>> given = new LinkedHashMap<>(); // letter case matters in the names of attributes
        for (Map.Entry<String, String> one : query.all()) {
            if (one.getKey().regionMatches(true, 0, ATTRIBUTE, 0, ATTRIBUTE.length())) {
                given.computeIfAbsent(one.getKey(), name -> new ArrayList<>()).add(one.getValue());
            }
        }
        few("attr.NAME", given.keySet());
        given.forEach(this::attribute);
    }

    private void attribute(String parameter, List<String> given) {
        boolean negated = parameter.endsWith("!");
        String name = parameter.substring(ATTRIBUTE.length(), parameter.length() - (negated ? 1 : 0));
        if (name.isEmpty() || name.length() > MAX_TEXT) {
            throw Problem.badParameter(parameter, "the name of an attribute has 1 to " + MAX_TEXT + " characters");
        }
        boolean misspelt = isOperator(name.charAt(name.length() - 1))
                || (given.contains("") && name.chars().anyMatch(c -> isOperator((char) c)));
        if (misspelt) {
            throw Problem.badParameter(parameter, "the operators of an attribute are = and !=");
        }
        Set<String> values = Query.values(parameter, given);
        if (!values.isEmpty()) {
            add(new Condition.Attribute(name, values), negated);
        }
    }
}
