package dev.tailrace.ingest.otlp;

import dev.tailrace.ingest.fields.JsonValue;
import dev.tailrace.ingest.records.RecordMapper;
import dev.tailrace.ingest.records.Records;
import dev.tailrace.model.Line;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One log record of OTLP, in either encoding. It is filled, finished, and reused for the next record. */
public final class OtlpRecord {

    private static final long NANOS_PER_MILLI = 1_000_000;

    private static final List<String> SEVERITIES = List.of("trace", "debug", "info", "warn", "error", "fatal");
    private static final int NUMBERS_PER_SEVERITY = 4;

    private final RecordMapper line;

    /** Attributes that the records of a resource share. */
    Map<String, Object> resource = Map.of();

    /** Attributes that the records of a scope share. */
    final Map<String, Object> scope = new LinkedHashMap<>();

    long timeNanos;
    long observedNanos;
    long severityNumber;
    String severityText = "";
    String traceId = "";
    String spanId = "";
    String eventName = "";

    @Nullable
    Object body;

    public OtlpRecord(RecordMapper line) {
        this.line = line;
    }

    void clear() {
        line.attributes.clear();
        timeNanos = 0;
        observedNanos = 0;
        severityNumber = 0;
        severityText = "";
        traceId = "";
        spanId = "";
        eventName = "";
        body = null;
    }

    /** Sets the scope as attributes, with the names that the specification uses for non-OTLP formats. */
    void scope(String name, String version, Map<String, Object> attributes) {
        scope.clear();
        putUnlessEmpty(scope, "otel.scope.name", name);
        putUnlessEmpty(scope, "otel.scope.version", version);
        attributes.forEach(scope::putIfAbsent);
    }

    void noScope() {
        scope.clear();
    }

    private static void putUnlessEmpty(Map<String, Object> to, String name, String text) {
        if (!text.isEmpty()) {
            to.put(name, text);
        }
    }

    void attribute(String name, Object value) {
        line.attributes.add(name, value);
    }

    boolean isTooLong(int length) {
        return line.isTooLong(length);
    }

    /** Most bytes of a record, as sent. */
    int most() {
        return line.most();
    }

    /** As {@link Records.Handler#keep}. */
    boolean keep(int level, int bytes) {
        return line.keep(level, bytes);
    }

    void reject(String reason) {
        line.reject(reason);
    }

    void rejectTooLong() {
        line.rejectTooLong();
    }

    void finish() {
        addUnlessEmpty("trace_id", traceId);
        addUnlessEmpty("span_id", spanId);
        addUnlessEmpty("event.name", eventName);
        scope.forEach(line.attributes::add);
        resource.forEach(line.attributes::add);
        String level = severityText.isEmpty() ? severity() : severityText.toLowerCase(Locale.ROOT);
        if (level != null && level.length() > Line.MAX_LEVEL_LENGTH) {
            addUnlessEmpty("severity_text", severityText);
            level = severity();
        }
        line.finish(message(), timestamp(), level);
    }

    private void addUnlessEmpty(String name, String text) {
        if (!text.isEmpty()) {
            line.attributes.add(name, text);
        }
    }

    private String message() {
        if (body instanceof String text) {
            return text;
        }
        if (body == null) {
            return eventName; // an event may have only a name and attributes
        }
        var json = new StringBuilder();
        JsonValue.write(json, body);
        return json.toString();
    }

    private @Nullable Long timestamp() {
        long nanos = timeNanos == 0 ? observedNanos : timeNanos;
        return nanos == 0 ? null : Long.divideUnsigned(nanos, NANOS_PER_MILLI);
    }

    /** The name of the range that the number is in, or null. */
    private @Nullable String severity() {
        boolean known = severityNumber >= 1 && severityNumber <= (long) SEVERITIES.size() * NUMBERS_PER_SEVERITY;
        return known ? SEVERITIES.get((int) (severityNumber - 1) / NUMBERS_PER_SEVERITY) : null;
    }
}
