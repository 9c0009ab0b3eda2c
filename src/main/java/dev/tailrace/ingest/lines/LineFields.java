package dev.tailrace.ingest.lines;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names under which loggers write the fields of a line. A name with dots is that of a field, or a path into nested
 * objects. Of several fields of a line with one role, the one whose name has the lowest rank counts; a name in another
 * letter case comes directly after the same name in the right one.
 */
public final class LineFields {

    /** What a field may be. */
    enum Role {
        MESSAGE,
        TIME,
        LEVEL,
        SERVICE,
        STREAM
    }

    /** @param rank 0 or 1 for Tailrace's own name */
    record Meaning(Role role, int rank) {
        /** Whether it is Tailrace's own name. */
        boolean isOwn() {
            return rank <= 1;
        }

        /** Whether the name of the field is written in another letter case. */
        boolean isInOtherCase() {
            return rank % 2 == 1;
        }

        private Meaning inOtherCase() {
            return new Meaning(role, rank + 1);
        }
    }

    private static final Pattern COMMA = Pattern.compile(",");
    private static final List<Meaning> NONE = List.of();

    private final Map<String, List<Meaning>> exact = new HashMap<>();
    private final Map<String, List<Meaning>> lowerCase = new HashMap<>();
    private final Set<String> beginnings = new HashSet<>();

    /**
     * Each list is separated by commas, and comes after Tailrace's own name.
     *
     * @param message names of the message
     * @param time names of the time
     * @param level names of the level
     * @param service names of the service
     */
    public LineFields(String message, String time, String level, String service) {
        add(Role.MESSAGE, "message," + message);
        add(Role.TIME, "timestamp," + time);
        add(Role.LEVEL, "level," + level);
        add(Role.SERVICE, "service," + service);
        add(Role.STREAM, "stream,log.iostream,iostream,source"); // these count only with the name of a stream in them
    }

    private void add(Role role, String names) {
        List<String> list = COMMA.splitAsStream(names)
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
        for (int i = 0; i < list.size(); i++) {
            String name = list.get(i);
            String lower = name.toLowerCase(Locale.ROOT);
            Meaning meaning = new Meaning(role, 2 * i);
            add(exact, name, meaning);
            add(lowerCase, lower, meaning.inOtherCase());
            for (int dot = lower.indexOf('.'); dot >= 0; dot = lower.indexOf('.', dot + 1)) {
                beginnings.add(lower.substring(0, dot));
            }
        }
    }

    private static void add(Map<String, List<Meaning>> names, String name, Meaning meaning) {
        List<Meaning> meanings = names.computeIfAbsent(name, absent -> new ArrayList<>(1));
        if (meanings.stream().noneMatch(known -> known.role() == meaning.role())) {
            meanings.add(meaning);
        }
    }

    /** What a field with the name may be; empty when it is none of ours. */
    List<Meaning> of(String name) {
        List<Meaning> meanings = exact.get(name);
        return meanings != null ? meanings : lowerCase.getOrDefault(name.toLowerCase(Locale.ROOT), NONE);
    }

    /** Whether an object of the name may have fields of ours in it. */
    boolean isBeginning(String name) {
        return beginnings.contains(name.toLowerCase(Locale.ROOT));
    }
}
