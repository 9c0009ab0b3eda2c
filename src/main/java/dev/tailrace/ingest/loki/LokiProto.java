package dev.tailrace.ingest.loki;

import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.records.ProtoFields;
import dev.tailrace.ingest.records.Records;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads Loki's PushRequest in protobuf, entry by entry. */
public final class LokiProto implements Records {

    private static final int STREAMS = 1;
    private static final int STREAM_LABELS = 1;
    private static final int STREAM_ENTRIES = 2;
    private static final int ENTRY_TIMESTAMP = 1;
    private static final int ENTRY_LINE = 2;
    private static final int ENTRY_METADATA = 3;
    private static final int TIMESTAMP_SECONDS = 1;
    private static final int TIMESTAMP_NANOS = 2;
    private static final int PAIR_NAME = 1;
    private static final int PAIR_VALUE = 2;

    private final LokiRecord record;
    private final ProtoFields request;
    private @Nullable ProtoFields stream;

    public LokiProto(Document body, LokiRecord record) {
        this.record = record;
        this.request = new ProtoFields(body, 0, body.length());
    }

    @Override
    public boolean step() throws IOException {
        if (stream != null) {
            if (!stream.next()) {
                stream = null;
            } else if (stream.isBytes(STREAM_ENTRIES)) {
                entry(stream);
            }
            return true;
        }
        if (!request.next()) {
            return false;
        }
        if (request.isBytes(STREAMS)) {
            enter(request);
        }
        return true;
    }

    private void enter(ProtoFields group) throws IOException {
        stream = group.message();
        // Searched first, because the fields of a message come in any order.
        ProtoFields labels = group.find(STREAM_LABELS);
        if (labels.length() > MAX_SHARED_BYTES) {
            record.labelsTooLong();
        } else if (record.keep(labels.length())) {
            record.labels(labels.text());
        }
    }

    private void entry(ProtoFields at) {
        if (record.isTooLong(at.length())) {
            record.rejectTooLong();
            return;
        }
        record.clear();
        String line = "";
        try {
            ProtoFields entry = at.message();
            while (entry.next()) {
                if (entry.isBytes(ENTRY_LINE)) {
                    line = entry.text();
                } else if (entry.isBytes(ENTRY_METADATA)) {
                    metadata(entry.message());
                } else if (entry.isBytes(ENTRY_TIMESTAMP)) {
                    time(entry.message());
                }
            }
        } catch (IOException invalid) {
            record.reject("not a valid entry");
            return;
        }
        record.finish(line);
    }

    // What is malformed inside a time or a name and its value costs the entry nothing else.

    private void time(ProtoFields timestamp) {
        long seconds = 0;
        long nanos = 0;
        while (next(timestamp)) {
            switch (timestamp.number()) {
                case TIMESTAMP_SECONDS -> seconds = timestamp.value();
                case TIMESTAMP_NANOS -> nanos = timestamp.value();
                default -> {} // a field of a later version
            }
        }
        record.time.set(seconds, nanos);
    }

    private void metadata(ProtoFields pair) {
        String name = "";
        String value = "";
        while (next(pair)) {
            if (pair.isBytes(PAIR_NAME)) {
                name = pair.text();
            } else if (pair.isBytes(PAIR_VALUE)) {
                value = pair.text();
            }
        }
        record.metadata(name, value);
    }

    private static boolean next(ProtoFields message) {
        try {
            return message.next();
        } catch (IOException malformed) {
            return false;
        }
    }
}
