package dev.tailrace.api;

import dev.tailrace.broker.Activity;
import dev.tailrace.broker.DeviceIndex;
import dev.tailrace.broker.ListedDevice;
import dev.tailrace.http.Gzip;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** A response that lists devices. It is written and compressed on a worker thread, so that no event loop waits for it. */
final class DeviceListAnswer {

    private static final int BYTES_PER_DEVICE = 192;

    /** Smaller responses are not compressed. */
    private static final int MIN_COMPRESSED = 1024;

    private static final int TAG_BYTES = 12;

    private final DeviceIndex index;
    private final Activity activity;
    private final String version;
    private final List<ListedDevice> devices;
    private final StringBuilder rest = new StringBuilder();

    DeviceListAnswer(DeviceIndex index, Activity activity, String version, List<ListedDevice> devices) {
        this.index = index;
        this.activity = activity;
        this.version = version;
        this.devices = devices;
    }

    // Names of devices and fleets have no character that JSON escapes.

    /** @param device after which the next page begins; null if there is none */
    DeviceListAnswer next(@Nullable DeviceId device) {
        if (device != null) {
            rest.append(",\"next\":\"").append(device).append('"');
        }
        return this;
    }

    /** The caller has to start over: this is the first page. */
    DeviceListAnswer reset() {
        rest.append(",\"reset\":true");
        return this;
    }

    DeviceListAnswer more(boolean more) {
        if (more) {
            rest.append(",\"more\":true");
        }
        return this;
    }

    DeviceListAnswer removed(List<DeviceId> gone, List<DeviceId> outOfReach) {
        String names = Stream.concat(gone.stream(), outOfReach.stream())
                .map(device -> "\"" + device + "\"")
                .collect(Collectors.joining(","));
        rest.append(",\"removed\":[").append(names).append(']');
        return this;
    }

    /** The bytes that are sent. */
    private record Body(Buffer json, String tag, @Nullable Buffer gzipped) {}

    static Future<Void> send(RoutingContext call, DeviceListAnswer answer) {
        HttpServerRequest request = call.request();
        boolean takesGzip = Gzip.isAcceptedBy(request);
        return call.vertx().executeBlocking(() -> answer.body(takesGzip), false).compose(body -> {
            HttpServerResponse response = call.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                    .putHeader(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING)
                    .putHeader(HttpHeaders.ETAG, body.tag);
            String known = request.getHeader(HttpHeaders.IF_NONE_MATCH);
            if (known != null && known.contains(body.tag)) {
                return response.setStatusCode(304).end();
            }
            if (body.gzipped == null) {
                return response.end(body.json);
            }
            return response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip").end(body.gzipped);
        });
    }

    private Body body(boolean compressed) throws IOException {
        byte[] json = json().getBytes(StandardCharsets.ISO_8859_1);
        return new Body(
                Buffer.buffer(json), tag(json), compressed && json.length >= MIN_COMPRESSED ? gzip(json) : null);
    }

    private String json() {
        StringBuilder json = new StringBuilder(devices.size() * BYTES_PER_DEVICE).append("{\"devices\":[");
        for (int i = 0; i < devices.size(); i++) {
            if (i > 0) {
                json.append(',');
            }
            describe(devices.get(i), json);
        }
        return json.append("],\"version\":\"")
                .append(version)
                .append('"')
                .append(rest)
                .append('}')
                .toString();
    }

    /** Counts are those of this broker; the other fields are those of all brokers together. */
    private void describe(ListedDevice device, StringBuilder json) {
        Activity.Counts counts = activity.of(device.device());
        json.append("{\"device\":\"").append(device.device()).append("\",\"fleet\":");
        if (device.fleet() == null) {
            json.append("null");
        } else {
            json.append('"').append(device.fleet()).append('"');
        }
        long lastSeen = index.lastSeen(device);
        json.append(",\"online\":")
                .append(device.online() || counts.connections() > 0)
                .append(",\"lastSeen\":")
                .append(lastSeen == 0 ? "null" : Long.toString(lastSeen))
                .append(",\"connections\":")
                .append(counts.connections())
                .append(",\"watchers\":")
                .append(counts.watchers())
                .append(",\"linesPerSecond\":")
                .append(counts.linesPerSecond())
                .append(",\"bytesPerSecond\":")
                .append(counts.bytesPerSecond())
                .append('}');
    }

    private static String tag(byte[] bytes) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return "W/\"" + HexFormat.of().formatHex(digest, 0, TAG_BYTES) + "\"";
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    private static Buffer gzip(byte[] bytes) throws IOException {
        var compressed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(compressed) {
            {
                def.setLevel(Deflater.BEST_SPEED);
            }
        }) {
            out.write(bytes);
        }
        return Buffer.buffer(compressed.toByteArray());
    }
}
