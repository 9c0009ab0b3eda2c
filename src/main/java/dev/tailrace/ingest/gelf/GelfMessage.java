package dev.tailrace.ingest.gelf;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.DeviceNames;
import dev.tailrace.ingest.fields.Attributes;
import dev.tailrace.ingest.fields.JsonTree;
import dev.tailrace.ingest.fields.SentNumber;
import dev.tailrace.ingest.fields.SentTime;
import dev.tailrace.ingest.fields.TimeValue;
import dev.tailrace.ingest.records.PlainJson;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one GELF message, and holds the last one read. As in Graylog, {@code message} stands in for a missing {@code
 * short_message}. A field that cannot be read is kept as an attribute, as are all additional fields, without the
 * underscore that their names begin with.
 */
public final class GelfMessage {

    /** Names of the program: of Docker's driver, of libraries, and the field of GELF 1.0. */
    private static final List<String> SERVICE =
            List.of("container_name", "service", "service_name", "application_name", "app_name", "app", "facility");

    private static final int MAX_SEVERITY = 7;

    private final TimeValue times;
    private final JsonTree tree = new JsonTree();
    private final Attributes attributes = new Attributes();
    private String host = "";
    private String shortMessage = "";
    private String fullMessage = "";
    private String message = "";
    private @Nullable Long timestamp;
    private @Nullable String level;
    private @Nullable String levelText;
    private @Nullable DeviceId device;

    /** @param zone of times without a zone */
    GelfMessage(ZoneId zone) {
        this.times = new TimeValue(new SentTime(zone, Instant::now));
    }

    /**
     * Reads the fields of an object whose beginning is at the parser.
     *
     * @return null when {@link #line} returns the line, else why there is none, for the sender
     */
    @Nullable
    String read(JsonParser json) throws IOException {
        clear();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (value != JsonToken.VALUE_NULL) {
                field(name, value, json);
            }
        }
        if (shortMessage.isBlank() && fullMessage.isBlank()) {
            shortMessage = message;
        } else if (!message.isEmpty()) {
            attributes.add("message", message);
        }
        if (shortMessage.isBlank() && fullMessage.isBlank()) {
            return "short_message is missing; a GELF message is a JSON object with host and short_message";
        }
        device = device();
        return null;
    }

    private void clear() {
        attributes.clear();
        host = "";
        shortMessage = "";
        fullMessage = "";
        message = "";
        timestamp = null;
        level = null;
        levelText = null;
        device = null;
    }

    private void field(String name, JsonToken token, JsonParser json) throws IOException {
        switch (name) {
            case "version" -> json.skipChildren();
            case "host" -> setHost(token, json);
            case "short_message" -> shortMessage = PlainJson.text(json);
            case "full_message" -> fullMessage = PlainJson.text(json);
            case "message" -> message = PlainJson.text(json);
            case "timestamp" -> setTime(value(json));
            case "level" -> setLevel(value(json));
            default -> add(name.startsWith("_") ? name.substring(1) : name, value(json));
        }
    }

    private @Nullable Object value(JsonParser json) throws IOException {
        return tree.read(json, Line.MAX_ATTRIBUTES_BYTES);
    }

    private void add(String name, @Nullable Object value) {
        if (value == JsonTree.TOO_LARGE) {
            attributes.leaveOut();
        } else if (value != null) {
            attributes.add(name, value);
        }
    }

    /** Only a text and a number can name a device. */
    private void setHost(JsonToken token, JsonParser json) throws IOException {
        if (token == JsonToken.VALUE_STRING || token.isNumeric()) {
            host = json.getText();
        } else {
            add("host", value(json));
        }
    }

    /** Senders write 0 for no time. */
    private void setTime(@Nullable Object value) {
        Long read = times.read(value);
        timestamp = read != null && read > 0 ? read : null;
        boolean isNone = read != null && read == 0;
        if (timestamp == null && !isNone) {
            add("timestamp", value);
        }
    }

    private void setLevel(@Nullable Object value) {
        String text = value instanceof String || value instanceof SentNumber ? value.toString() : "";
        Long number = PlainJson.whole(text);
        if (number != null && number >= 0 && number <= MAX_SEVERITY) {
            level = Level.ofSyslog(number.intValue()).word();
            levelText = text;
        } else if (!(value instanceof String) || text.isEmpty() || text.length() > Line.MAX_LEVEL_LENGTH) {
            add("level", value);
        } else {
            level = text;
        }
    }

    /** The device that the host names, or null when it names none. */
    private @Nullable DeviceId device() {
        if (host.isBlank()) {
            return null;
        }
        String id = DeviceNames.sanitized(host);
        boolean isId = id.length() <= DeviceId.MAX_LENGTH && !id.equals(".") && !id.equals("..");
        if (!isId || !id.equals(host)) {
            attributes.add("host", host);
        }
        return isId ? new DeviceId(id) : null;
    }

    /** The device of the message last read, or null when its host names none. */
    @Nullable
    DeviceId namedDevice() {
        return device;
    }

    Line line() {
        return new Line(text(), timestamp, service(), false, false, level, levelText, attributes.toJson());
    }

    /** The full message, which usually begins with the short one. */
    private String text() {
        if (fullMessage.isBlank()) {
            return shortMessage;
        }
        return shortMessage.isBlank() || fullMessage.stripLeading().startsWith(shortMessage.strip())
                ? fullMessage
                : shortMessage + "\n" + fullMessage;
    }

    private @Nullable String service() {
        String name = attributes.firstOf(SERVICE);
        if (name == null || attributes.text(name).length() > Line.MAX_SERVICE_LENGTH) {
            return null;
        }
        String service = attributes.text(name);
        attributes.remove(name);
        // Docker writes the names of containers as paths.
        return service.startsWith("/") && service.length() > 1 ? service.substring(1) : service;
    }
}
