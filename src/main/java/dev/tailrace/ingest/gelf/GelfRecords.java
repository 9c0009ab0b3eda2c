package dev.tailrace.ingest.gelf;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.ingest.ByteOrderMark;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.records.DocumentCheck;
import dev.tailrace.ingest.records.Records;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import java.io.IOException;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;

/**
 * The GELF messages of one body: usually one, and as many as there are one after another, with or without newlines in
 * between, or in an array.
 */
final class GelfRecords implements Records {

    /** Field names are not interned, because senders choose them. */
    static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .build();

    private final JsonParser json;
    private final int lineBytes;
    private final Handler handler;
    private final GelfMessage message;
    private @Nullable DocumentCheck check; // null when it is complete
    private boolean inArray;

    GelfRecords(Document body, int lineBytes, ZoneId zone, Handler handler) throws IOException {
        this.message = new GelfMessage(zone);
        this.lineBytes = lineBytes;
        this.handler = handler;
        byte[] begin = body.copy(0, Math.min(ByteOrderMark.BYTES, body.length()));
        int from = ByteOrderMark.skip(begin, 0, begin.length);
        this.check = new DocumentCheck(body, from, JSON, null);
        this.json = JSON.createParser(body.stream(from, body.length()));
    }

    @Override
    public boolean step() throws IOException {
        if (check != null) {
            check = check.step() ? check : null;
            return true;
        }
        JsonToken token = json.nextToken();
        if (token == null) {
            if (inArray) {
                throw new IOException("cut off");
            }
            return false;
        }
        if (token == JsonToken.START_ARRAY && !inArray) {
            inArray = true;
        } else if (token == JsonToken.END_ARRAY) {
            inArray = false;
        } else if (token == JsonToken.START_OBJECT) {
            take(message.read(json));
        } else {
            json.skipChildren();
            handler.rejected(Rejection.INVALID, "not a JSON object with host and short_message");
        }
        return true;
    }

    private void take(@Nullable String wrong) {
        if (wrong != null) {
            handler.rejected(Rejection.INVALID, wrong);
            return;
        }
        DeviceId device = message.namedDevice();
        if (device == null) {
            handler.rejected(
                    Rejection.INVALID,
                    "host names no device: it has 1 to " + DeviceId.MAX_LENGTH + " characters, and not only dots");
            return;
        }
        Line line = message.line();
        if (line.message().length() > lineBytes) {
            handler.rejected(Rejection.TOO_LONG, "longer than " + lineBytes + " bytes");
        } else {
            handler.line(device, line);
        }
    }
}
