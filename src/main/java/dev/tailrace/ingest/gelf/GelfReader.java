package dev.tailrace.ingest.gelf;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/** Reads GELF messages that {@link GelfFraming} found; holds the last one read. */
final class GelfReader {

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

    /** The device that the message names, or null. */
    @Nullable
    DeviceId device() {
        return message.namedDevice();
    }

    /** The host address, to tell senders apart. */
    static String name(@Nullable SocketAddress peer) {
        return peer == null ? "" : String.valueOf(peer.hostAddress());
    }
}
