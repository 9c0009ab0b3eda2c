package dev.tailrace.ingest.gelf;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.DeviceNames;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/** Reads GELF messages that {@link GelfFraming} found; holds the last one read. */
final class GelfReader {

    private static final DeviceId UNKNOWN = new DeviceId("unknown");

    private final GelfMessage message;

    /** @param zone of times without a zone */
    GelfReader(ZoneId zone) {
        this.message = new GelfMessage(zone);
    }

    /** Reads {@code bytes[from, to)}; invalid UTF-8 is replaced. False when it is no GELF message. */
    boolean read(byte[] bytes, int from, int to) {
        try (JsonParser json =
                GelfRecords.JSON.createParser(new String(bytes, from, to - from, StandardCharsets.UTF_8))) {
            return json.nextToken() == JsonToken.START_OBJECT && message.read(json) == null;
        } catch (IOException invalid) {
            return false;
        }
    }

    Line line() {
        return message.line();
    }

    /** The device of the message: its host, or else the address that it came from. */
    DeviceId device(SocketAddress peer) {
        DeviceId named = message.namedDevice();
        return named == null ? ofAddress(peer) : named;
    }

    static DeviceId ofAddress(SocketAddress peer) {
        String address = peer.hostAddress();
        return address == null ? UNKNOWN : new DeviceId(DeviceNames.sanitized(address));
    }

    /** The host address, to tell senders apart. */
    static String name(@Nullable SocketAddress peer) {
        return peer == null ? "" : String.valueOf(peer.hostAddress());
    }
}
