package dev.tailrace.ingest.otlp;

import dev.tailrace.ingest.records.PlainJson;
import dev.tailrace.ingest.records.RecordMapper;
import dev.tailrace.ingest.records.RecordTime;
import dev.tailrace.ingest.records.Records;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One log record of OTLP, in either encoding. It is filled, finished, and reused for the next record. */
public final class OtlpRecord {

    private static final String TIME = "timeUnixNano";
    private static final String OBSERVED_TIME = "observedTimeUnixNano";
    private static final String UNSPECIFIED = "SEVERITY_NUMBER_UNSPECIFIED";

    private static final String TOO_LONG = "longer than " + Records.MAX_SHARED_BYTES + " bytes";

    private final RecordMapper line;

    private Map<String, Object> resource = Map.of();
    private @Nullable String wrongResource;
    private final Map<String, Object> scope = new LinkedHashMap<>();

    final RecordTime time = new RecordTime();
    final RecordTime observedTime = new RecordTime();

    /** From 1 to 24; 0 without one. */
    long severityNumber;

    /** A number that is written as a name, such as {@code SEVERITY_NUMBER_WARN}. */
    String severityName = "";

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
        time.clear();
        observedTime.clear();
        severityNumber = 0;
        severityName = "";
        severityText = "";
        traceId = "";
        spanId = "";
        eventName = "";
        body = null;
    }

    /** Sets the attributes that the records of a resource share. */
    void resource(Map<String, Object> attributes) {
        resource = attributes;
        wrongResource = null;
    }

    /** The resource is skipped. Its records are stored if their device is known without. */
    void resourceTooLong() {
        resource = Map.of("otel.resource", "left out: " + TOO_LONG);
        wrongResource = "its resource is " + TOO_LONG;
    }

    void scopeTooLong() {
        noScope();
        scope.put("otel.scope", "left out: " + TOO_LONG);
    }

    /**
     * Sets the attributes that the records of a scope share: the scope itself, with the names that the specification uses for
     * non-OTLP formats, and its attributes.
     */
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
        time.keepUnread(TIME, line.attributes);
        observedTime.keepUnread(OBSERVED_TIME, line.attributes);
        scope.forEach(line.attributes::add);
        resource.forEach(line.attributes::add);
        finishWithLevel();
    }

    /** The level is that of the text where it names one, else that of the number; the text is kept beside it. */
    private void finishWithLevel() {
        String text = severityText;
        if (text.length() > Line.MAX_LEVEL_LENGTH) {
            addUnlessEmpty("severity_text", text);
            text = "";
        }
        Level level = text.isEmpty() ? null : Level.of(text);
        if (level == null) {
            level = Level.ofOtlp(severityNumber);
        }
        if (level == null && !severityName.isEmpty()) {
            level = Level.of(severityName);
            keepUnlessRead(level);
        }
        if (level != null) {
            boolean same = text.isEmpty() || text.equalsIgnoreCase(level.word());
            finish(level.word(), same ? null : text);
        } else {
            finish(text.isEmpty() ? null : text, null);
        }
    }

    private void keepUnlessRead(@Nullable Level level) {
        if (level == null && !severityName.equals(UNSPECIFIED)) {
            line.attributes.add("severityNumber", severityName);
        }
    }

    private void finish(@Nullable String level, @Nullable String levelText) {
        Long millis = time.millis();
        line.finish(message(), millis != null ? millis : observedTime.millis(), level, levelText, wrongResource);
    }

    private void addUnlessEmpty(String name, String text) {
        if (!text.isEmpty()) {
            line.attributes.add(name, text);
        }
    }

    private String message() {
        if (body == null) {
            return eventName; // an event may have only a name and attributes
        }
        return body instanceof byte[] bytes ? message(bytes) : PlainJson.text(body);
    }

    /** Bytes of a line that were not decoded are usually text. */
    private static String message(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException binary) {
            return Base64.getEncoder().encodeToString(bytes);
        }
    }
}
