package dev.tailrace.testing;

import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/** Follows a device as balena's clients do; its headers are there when the constructor returns. */
public final class BalenaTail implements AutoCloseable {

    /** How it ended. */
    public enum End {
        NOT_YET,
        CLEAN,
        ABRUPT
    }

    private final HttpResponse<InputStream> response;
    private final List<JsonObject> lines = new CopyOnWriteArrayList<>();
    private volatile int blanks;
    private volatile End end = End.NOT_YET;

    /** @param query what follows {@code stream=1} */
    public BalenaTail(RunningBroker broker, String device, String query, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(broker.uri("/device/v2/" + device + "/logs?stream=1" + query));
        if (headers.length > 0) {
            request.headers(headers);
        }
        response = broker.http
                .sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream())
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
        Thread thread = new Thread(this::read, "balena-tail");
        thread.setDaemon(true);
        thread.start();
    }

    private void read() {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(body(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.isEmpty()) {
                    blanks++;
                } else {
                    lines.add(new JsonObject(line));
                }
            }
            end = End.CLEAN;
        } catch (IOException | UncheckedIOException cut) {
            end = End.ABRUPT;
        }
    }

    private InputStream body() throws IOException {
        if (!header("Content-Encoding").equals("gzip")) {
            return response.body();
        }
        return new FilterInputStream(new GZIPInputStream(response.body())) {
            @Override
            public int available() {
                return 0; // or a reader would wait for more before it hands over what it has
            }
        };
    }

    public int status() {
        return response.statusCode();
    }

    public String header(String name) {
        return response.headers().firstValue(name).orElse("");
    }

    public List<JsonObject> lines() {
        return lines;
    }

    /** Waits until so many lines came, and returns their messages. */
    public List<String> messages(int count) {
        await().atMost(Duration.ofSeconds(30)).until(() -> lines.size() >= count);
        return lines.stream().map(line -> line.getString("message")).toList();
    }

    public int blanks() {
        return blanks;
    }

    public End end() {
        return end;
    }

    @Override
    public void close() {
        try {
            response.body().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
