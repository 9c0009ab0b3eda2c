package dev.tailrace.ingest.records;

import java.util.List;
import java.util.regex.Pattern;

/**
 * The attributes or labels that hold the device, service and level of a record.
 *
 * @param device names of attributes; the first one that a record has counts
 * @param service as {@code device}
 * @param level as {@code device}
 */
public record FieldMapping(List<String> device, List<String> service, List<String> level) {

    private static final Pattern COMMA = Pattern.compile(",");

    /** Parses comma-separated lists, as settings have them. */
    public static FieldMapping of(String device, String service, String level) {
        return new FieldMapping(split(device), split(service), split(level));
    }

    private static List<String> split(String names) {
        return COMMA.splitAsStream(names)
                .map(String::trim)
                .filter(name -> !name.isEmpty())
                .toList();
    }
}
