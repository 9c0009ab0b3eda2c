package dev.tailrace.ingest.records;

import java.util.List;
import java.util.regex.Pattern;

/** Where records of a foreign format name their device, service and level: the first of each list that a record has counts. */
public record FieldMapping(List<String> device, List<String> service, List<String> level) {

    private static final Pattern COMMA = Pattern.compile(",");

    /** From lists with commas, as settings have them. */
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
