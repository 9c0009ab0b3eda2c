package dev.tailrace.testing;

import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/** Follows one device by server-sent events, from the moment on that the constructor returns. */
public final class LiveReader implements AutoCloseable {

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final Stream<String> lines;

    public LiveReader(RunningBroker broker, String device) {
        HttpRequest request = HttpRequest.newBuilder(broker.uri("/api/v1/devices/" + device + "/logs/stream"))
                .build();
        HttpResponse<Stream<String>> response = broker.http
                .sendAsync(request, HttpResponse.BodyHandlers.ofLines())
                .orTimeout(10, java.util.concurrent.TimeUnit.SECONDS)
                .join();
        if (response.statusCode() != 200) {
            throw new AssertionError("status " + response.statusCode());
        }
        lines = response.body();
        Thread thread = new Thread(this::read, "live-reader");
        thread.setDaemon(true);
        thread.start();
    }

    private void read() {
        try {
            lines.filter(line -> line.startsWith("data: {\"id\":")).forEach(line -> events.add(line.substring(6)));
        } catch (RuntimeException ended) {
            // by close, or by the broker; what was read counts
        }
    }

    /** Waits until so many events came, and returns their messages. */
    public List<String> messages(int count) {
        await().atMost(Duration.ofSeconds(30)).until(() -> events.size() >= count);
        return events.stream()
                .map(event -> new JsonObject(event).getString("message"))
                .toList();
    }

    @Override
    public void close() {
        lines.close();
    }
}
