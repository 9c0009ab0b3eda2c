package dev.tailrace.e2e;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.core.parsetools.RecordParser;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A reader that accounts for every offset: each is delivered once, in order, or covered by a gap; anything else is a
 * violation. Comes back by Last-Event-ID whenever its stream ends. It also reads the number in each line of a {@link
 * NumberingDevice}, so that a line that was stored twice, or lost before it got an offset, is found too.
 */
final class CountingReader {

    private final Vertx vertx;
    private final HttpClient client;
    private final IntSupplier port;
    private final String path;
    private final Context context;
    private final List<String> violations = new ArrayList<>();
    private final ConcurrentLinkedQueue<String> events = new ConcurrentLinkedQueue<>();
    private @Nullable HttpClientRequest request;
    private @Nullable RecordParser lines;
    private @Nullable String lastId;
    private @Nullable String epoch;
    private long next;
    private boolean renewed;
    private boolean closed;
    private boolean paused;

    private volatile boolean opened;
    private volatile long delivered;
    private volatile long inGaps;
    private volatile long epochChanges;
    private volatile long linesOffAtEpochs;
    private volatile long lastLine;
    private volatile long linesMissed;
    private volatile int connects;

    // The event in the making.
    private @Nullable String name;
    private @Nullable String id;
    private @Nullable String data;

    CountingReader(Vertx vertx, HttpClient client, IntSupplier port, String device) {
        this.vertx = vertx;
        this.client = client;
        this.port = port;
        this.path = "/api/v1/devices/" + device + "/logs/stream";
        this.context = vertx.getOrCreateContext();
        context.runOnContext(nothing -> connect());
    }

    /** Whether the first stream has begun, so that lines from now on are for it. */
    boolean isOpened() {
        return opened;
    }

    long delivered() {
        return delivered;
    }

    long inGaps() {
        return inGaps;
    }

    /** Gaps whose size nobody knows, because storage was lost or renewed. */
    long epochChanges() {
        return epochChanges;
    }

    /** By how much the first line of each new epoch was not the one after the last, in either direction. */
    long linesOffAtEpochs() {
        return linesOffAtEpochs;
    }

    /** The number in the last line. */
    long lastLine() {
        return lastLine;
    }

    /** Numbers passed over between two lines; they must be covered by gaps. */
    long linesMissed() {
        return linesMissed;
    }

    int connects() {
        return connects;
    }

    List<String> violations() {
        synchronized (violations) {
            return List.copyOf(violations);
        }
    }

    /** Names and data of all events that are no entries. */
    List<String> events() {
        return List.copyOf(events);
    }

    /** Ends the stream in the middle of whatever is on its way; the reader comes back at once. */
    void cut() {
        context.runOnContext(nothing -> {
            if (request != null) {
                request.connection().close();
            }
        });
    }

    /** Stops reading, as a browser in the background might. */
    void pause() {
        context.runOnContext(nothing -> {
            paused = true;
            if (lines != null) {
                lines.pause();
            }
        });
    }

    void resume() {
        context.runOnContext(nothing -> {
            paused = false;
            if (lines != null) {
                lines.resume();
            }
        });
    }

    void close() {
        closed = true;
        cut();
    }

    private void connect() {
        if (closed) {
            return;
        }
        var options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setHost("127.0.0.1")
                .setPort(port.getAsInt())
                .setConnectTimeout(3000)
                .setURI(path);
        client.request(options)
                .compose(sending -> {
                    request = sending;
                    if (lastId != null) {
                        sending.putHeader("Last-Event-ID", lastId);
                    }
                    return sending.send();
                })
                .onSuccess(this::onResponse)
                .onFailure(cause -> later());
    }

    private void onResponse(HttpClientResponse response) {
        connects++;
        name = null;
        id = null;
        data = null;
        if (response.statusCode() != 200) {
            response.resume();
            later();
            return;
        }
        // The parser is paused and not the response, whose flow is the parser's own affair.
        RecordParser parser = RecordParser.newDelimited("\n", response);
        parser.handler(line -> onLine(line.toString()));
        parser.exceptionHandler(cause -> later());
        parser.endHandler(nothing -> later());
        if (paused) {
            parser.pause();
        }
        lines = parser;
    }

    private void later() {
        request = null;
        lines = null;
        if (!closed) {
            vertx.setTimer(20, timer -> connect());
        }
    }

    private void onLine(String line) {
        if (line.isEmpty()) {
            dispatch();
        } else if (line.startsWith("id: ")) {
            id = line.substring(4);
        } else if (line.startsWith("event: ")) {
            name = line.substring(7);
        } else if (line.startsWith("data: ")) {
            data = line.substring(6);
        }
    }

    private void dispatch() {
        if (data == null || "alive".equals(name)) {
            if (id != null) {
                place(id);
            }
        } else if (name == null) {
            entry(new JsonObject(data));
        } else {
            events.add(name + " " + data);
            if (name.equals("gap")) {
                gap(new JsonObject(data));
            }
        }
        if (id != null) {
            lastId = id;
        }
        name = null;
        id = null;
        data = null;
    }

    /** The first place is where this reader's account begins; each further one must be where it stands. */
    private void place(String position) {
        String[] parts = position.split("-");
        long offset = Long.parseLong(parts[1]);
        if (!opened) {
            epoch = parts[0].equals("0") ? null : parts[0];
            next = offset + 1;
            opened = true;
        }
    }

    private void entry(JsonObject entry) {
        String[] parts = entry.getString("id").split("-");
        long offset = Long.parseLong(parts[1]);
        if (epoch == null || renewed) {
            next = renewed ? offset : next;
            epoch = parts[0];
            if (renewed) {
                long line = lineOf(entry.getString("message"));
                linesOffAtEpochs += Math.abs(line - lastLine - 1);
                lastLine = line - 1;
            }
            renewed = false;
        }
        if (!epoch.equals(parts[0])) {
            violation("entry " + entry.getString("id") + " of another epoch than " + epoch);
        } else if (offset != next) {
            violation("entry " + offset + " instead of " + next);
        }
        if (!entry.getString("id").equals(id)) {
            violation("id " + id + " of entry " + entry.getString("id"));
        }
        next = offset + 1;
        count(entry.getString("message"));
        delivered++;
    }

    private void count(String message) {
        long line = lineOf(message);
        if (line <= lastLine) {
            violation("line " + line + " after line " + lastLine);
        }
        linesMissed += line - lastLine - 1;
        lastLine = line;
    }

    private static long lineOf(String message) {
        return Long.parseLong(message.split(" ")[1]);
    }

    private void gap(JsonObject gap) {
        String[] from = gap.getString("from").split("-");
        if (gap.getLong("count") == null) {
            epochChanges++;
            renewed = true; // the next entry tells what the new epoch begins with
            return;
        }
        String[] to = gap.getString("to").split("-");
        long first = Long.parseLong(from[1]);
        long last = Long.parseLong(to[1]);
        if (epoch == null || renewed) {
            next = renewed ? first : next;
            epoch = from[0];
        }
        if (first != next || gap.getLong("count") != last - first + 1) {
            violation("gap " + gap + " where " + next + " was due");
        }
        next = last + 1;
        inGaps += gap.getLong("count");
    }

    private void violation(String what) {
        synchronized (violations) {
            if (violations.size() < 20) {
                violations.add(what);
            }
        }
    }
}
