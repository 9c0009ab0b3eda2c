package dev.tailrace.ingest.gelf;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.DeviceNames;
import dev.tailrace.ingest.fields.Attributes;
import dev.tailrace.ingest.fields.SentTime;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Level;
import dev.tailrace.model.Line;
import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one GELF message, and holds the last one read. A field that cannot be read is kept as an attribute, as are all
 * additional fields, without the underscore that their names begin with.
 */
public final class GelfMessage {

    /** Names of the program: of Docker's driver, of libraries, and the field of GELF 1.0. */
    private static final List<String> SERVICE =
            List.of("container_name", "service", "service_name", "application_name", "app_name", "app", "facility");

    private final SentTime times = new SentTime(ZoneOffset.UTC, Instant::now);
    private final Attributes attributes = new Attributes();
    private String host = "";
    private String shortMessage = "";
    private String fullMessage = "";
    private @Nullable Long timestamp;
    private @Nullable String level;
    private @Nullable String levelText;
    private @Nullable DeviceId device;

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
        timestamp = null;
        level = null;
        levelText = null;
        device = null;
    }

    private void field(String name, JsonToken token, JsonParser json) throws IOException {
        Object value = value(token, json);
        switch (name) {
            case "version" -> {}
            case "host" -> host = value.toString();
            case "short_message" -> shortMessage = value.toString();
            case "full_message" -> fullMessage = value.toString();
            case "timestamp" -> setTime(value);
            case "level" -> setLevel(token, value);
            default -> attributes.add(name.startsWith("_") ? name.substring(1) : name, value);
        }
    }

    private static Object value(JsonToken token, JsonParser json) throws IOException {
        return switch (token) {
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NUMBER_INT -> json.getTextLength() < 19 ? (Object) json.getLongValue() : json.getText();
            case START_OBJECT, START_ARRAY -> nested(json);
            default -> json.getText(); // a fraction as it was sent too
        };
    }

    private static String nested(JsonParser json) throws IOException {
        var text = new StringWriter();
        try (JsonGenerator out = GelfRecords.JSON.createGenerator(text)) {
            out.copyCurrentStructure(json);
        }
        return text.toString();
    }

    private void setTime(Object value) {
        timestamp = times.ofText(value.toString());
        if (timestamp == null) {
            attributes.add("timestamp", value);
        }
    }

    private void setLevel(JsonToken token, Object value) {
        String text = value.toString();
        if (text.length() == 1 && text.charAt(0) >= '0' && text.charAt(0) <= '7') {
            level = Level.ofSyslog(text.charAt(0) - '0').word();
            levelText = text;
        } else if (token != JsonToken.VALUE_STRING || text.isEmpty() || text.length() > Line.MAX_LEVEL_LENGTH) {
            attributes.add("level", value);
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
