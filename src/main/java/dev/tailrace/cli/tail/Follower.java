package dev.tailrace.cli.tail;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tailrace.client.Backoff;
import dev.tailrace.client.ByteStream;
import dev.tailrace.client.Console;
import dev.tailrace.client.ErrorText;
import dev.tailrace.client.EventStreamParser;
import dev.tailrace.client.Http;
import dev.tailrace.client.JsonFields;
import dev.tailrace.client.OutageNotice;
import dev.tailrace.client.ReceivedEntry;
import dev.tailrace.client.RefusedException;
import dev.tailrace.client.SafeText;
import dev.tailrace.client.Silence;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Follows a live stream through lost connections: each new one resumes where the last one ended. */
final class Follower implements EventStreamParser.Listener {

    /**
     * @param head for the connection and the head of the answer
     * @param silence after which the connection is considered dead, unless the broker sends its heartbeat interval
     */
    record Limits(Duration head, Duration silence) {
        static final Limits USUAL = new Limits(Duration.ofSeconds(15), Duration.ofSeconds(45));
    }

    private final Http http;
    private final Supplier<URI> address;
    private final ResumePositions places;
    private final Predicate<ReceivedEntry> wanted;
    private final LiveOutput output;
    private final Console console;
    private final OutageNotice outage;
    private final Backoff backoff;
    private final Limits limits;
    private final Map<DeviceId, String> lastGaps = new HashMap<>();
    private String farewell = "the stream ended";
    private Silence silence;

    /** @param address makes the URL from the current places; called before each connection */
    Follower(
            Http http,
            Supplier<URI> address,
            ResumePositions places,
            Predicate<ReceivedEntry> wanted,
            LiveOutput output,
            Console console,
            OutageNotice outage,
            Backoff backoff,
            Limits limits) {
        this.http = http;
        this.address = address;
        this.places = places;
        this.wanted = wanted;
        this.output = output;
        this.console = console;
        this.outage = outage;
        this.backoff = backoff;
        this.limits = limits;
        this.silence = new Silence(limits.silence());
    }

    /**
     * Returns when the output cannot be written any more.
     *
     * @throws RefusedException when the broker refuses permanently
     */
    void run() throws RefusedException, InterruptedException {
        while (!isUnwritable()) {
            try {
                follow();
                if (isUnwritable()) {
                    return;
                }
                outage.lost(farewell);
            } catch (RefusedException refused) {
                if (refused.isLasting()) {
                    throw refused;
                }
                backoff.askOnce(refused.retryAfter());
                outage.lost(ErrorText.of(refused));
            } catch (IOException lost) {
                outage.lost(ErrorText.of(lost));
            }
            Thread.sleep(backoff.next().toMillis());
        }
    }

    private void follow() throws IOException, InterruptedException {
        farewell = "the stream ended";
        silence = new Silence(limits.silence());
        var parser = new EventStreamParser(this);
        try (ByteStream stream = http.get(address.get(), "text/event-stream", ByteStream.handler(), limits.head())) {
            byte[] piece = stream.next(silence.limit());
            while (piece != null) {
                backoff.succeeded();
                outage.over();
                parser.feed(piece, 0, piece.length);
                if (isUnwritable()) {
                    return;
                }
                piece = stream.next(silence.limit());
            }
        }
    }

    /**
     * Writes what is buffered; returns whether that fails, as when the output is piped to {@code head}, or on a full
     * disk.
     */
    private boolean isUnwritable() {
        return console.out().failure() != null;
    }

    // ---- events from the parser

    @Override
    public void event(String type, String data) {
        try {
            if (type.equals("message")) {
                onEntry(ReceivedEntry.read(data, places.sole()));
            } else {
                onEvent(type, data);
            }
        } catch (IOException | IllegalArgumentException unreadable) {
            console.report("tailrace: " + SafeText.plain(ErrorText.of(unreadable)));
        }
    }

    private void onEntry(ReceivedEntry entry) {
        if (places.advance(entry.device(), entry.position()) && wanted.test(entry)) {
            output.entry(entry);
        }
    }

    private void onEvent(String type, String data) throws IOException {
        JsonFields fields = JsonFields.read(data);
        switch (type) {
            case "gap" -> onGap(device(fields), fields, data);
            case "clear", "status" -> {
                DeviceId device = device(fields);
                moveTo(device, fields);
                output.event(type, device, fields, data);
            }
            case "alive" -> silence.alive(data);
            case "bye" -> farewell = "the broker closed the stream: " + fields.text("reason", "?");
            default -> {} // a checkpoint has only a place; other types are of a newer broker
        }
    }

    /** The device of an event; null when it is of all devices. */
    private @Nullable DeviceId device(JsonFields fields) {
        return fields.has("device") || places.sole() != null ? ReceivedEntry.device(fields, places.sole()) : null;
    }

    // A gap without an end moves no place, so a new connection may report it again. One with an end may begin before
    // what was shown, because the broker knows only the last checkpoint.
    private void onGap(@Nullable DeviceId device, JsonFields fields, String data) throws IOException {
        if (device == null) {
            output.event("gap", null, fields, data);
            return;
        }
        if (data.equals(lastGaps.put(device, data))) {
            return;
        }
        Position shown = places.of(device);
        if (!fields.has("to") || shown == null) {
            moveTo(device, fields);
            output.event("gap", device, fields, data);
            return;
        }
        Position from = Position.parse(fields.text("from", ""));
        Position to = Position.parse(fields.text("to", ""));
        if (!places.advance(device, to)) {
            return; // all of it was shown
        }
        boolean begun = shown.epoch().equals(from.epoch()) && shown.offset() >= from.offset();
        if (!begun) {
            output.event("gap", device, fields, data);
        } else {
            String rest = rest(shown, to, fields);
            output.event("gap", device, JsonFields.read(rest), rest);
        }
    }

    /** The part of a gap after what was shown. */
    private static String rest(Position shown, Position to, JsonFields gap) throws IOException {
        StringWriter rest = new StringWriter();
        try (JsonGenerator json = JsonFields.JSON.createGenerator(rest)) {
            json.writeStartObject();
            json.writeStringField("from", new Position(shown.epoch(), shown.offset() + 1).toString());
            json.writeStringField("to", to.toString());
            json.writeNumberField("count", to.offset() - shown.offset());
            json.writeStringField("reason", gap.text("reason", "?"));
            if (gap.has("device")) {
                json.writeStringField("device", gap.text("device", ""));
            }
            json.writeEndObject();
        }
        return rest.toString();
    }

    private void moveTo(@Nullable DeviceId device, JsonFields fields) {
        if (device != null && fields.has("to")) {
            places.advance(device, Position.parse(fields.text("to", "")));
        }
    }

    @Override
    public void place(String lastEventId) {
        if (lastEventId.isEmpty()) {
            return;
        }
        try {
            places.advance(lastEventId);
        } catch (IllegalArgumentException notOurs) {
            console.report("tailrace: the broker sent a position that cannot be read: " + SafeText.plain(lastEventId));
        }
    }

    @Override
    public void retry(long millis) {
        backoff.ask(Duration.ofMillis(millis));
    }
}
