package dev.tailrace.ingest.body;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Gate;
import dev.tailrace.auth.OpenStreams;
import dev.tailrace.auth.StorageClock;
import dev.tailrace.broker.Activity;
import dev.tailrace.broker.Broker;
import dev.tailrace.broker.BrokerMeters;
import dev.tailrace.broker.FilterShares;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.ingest.FairRoom;
import dev.tailrace.ingest.IngestMeters;
import dev.tailrace.ingest.IngestOptions;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.Rates;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.testing.NamedDevices;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.ScriptedRing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One reader before a format that the test scripts. */
final class BodyReaderTest {

    private static final DeviceId DEVICE = new DeviceId("press-7");
    private static final int LIMIT = 1000;

    private final Vertx vertx = Vertx.vertx();
    private final Activity activity = new Activity();
    private final Scripted format = new Scripted();
    private IngestServices ingest;
    private HttpServer server;

    @BeforeEach
    void start() {
        Promise<HttpServer> listening = Promise.promise();
        vertx.runOnContext(nothing -> {
            ingest = services();
            vertx.createHttpServer()
                    .requestHandler(router())
                    .listen(0, "127.0.0.1")
                    .onComplete(listening);
        });
        server = RunningBroker.await(listening.future());
    }

    @AfterEach
    void stop() {
        RunningBroker.await(vertx.close());
    }

    private Router router() {
        Router router = Router.router(vertx);
        new Gate(vertx, List.of(), name -> false, new StorageClock(), new OpenStreams(10)).mount(router);
        router.post("/api/v1/devices/:device/logs")
                .handler(call -> BodyReader.<String>read(
                                ingest,
                                call,
                                new IdentityDecoder(),
                                new BodyShape(false, DEVICE, LIMIT, "too long"),
                                body -> format.of(body))
                        .onSuccess(receipt -> call.response().end(receipt))
                        .onFailure(call::fail));
        return router;
    }

    private IngestServices services() {
        Metrics metrics = new Metrics(new SimpleMeterRegistry());
        IngestMeters meters = new IngestMeters(metrics);
        BrokerMeters brokerMeters = new BrokerMeters(metrics);
        return new IngestServices(
                vertx,
                new Broker(
                        vertx,
                        new ScriptedRing(),
                        new NamedDevices(),
                        activity,
                        brokerMeters,
                        new StreamBudget(Long.MAX_VALUE),
                        new FilterShares(vertx, brokerMeters)),
                activity,
                meters,
                new PendingBudget(1 << 20),
                new FairRoom(1 << 20),
                new Rates(new Rates.Share(0, 0), new Rates.Share(0, 0), meters),
                Fleets.NONE,
                new DeviceLimit(0, meters),
                new EndOfTick(vertx.getOrCreateContext()),
                new IngestOptions(
                        100, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, Duration.ofSeconds(1), true));
    }

    // ---- tests

    @Test
    void body_isTakenWhole_andAnsweredWithTheReceiptOfItsFormat() {
        HttpResponse<String> response = post("abc");

        assertThat(response.body()).isEqualTo("COMPLETE abc");
        assertThat(format.released).isEqualTo(1);
    }

    @Test
    void bodyOverItsLimit_isNotHandedToItsFormat() {
        assertThat(post("x".repeat(LIMIT + 1)).body()).isEqualTo("TOO_LARGE ");
    }

    @Test
    void chunkedBodyOverItsLimit_endsWithThePieceThatExceedsIt() {
        String body = "x".repeat(LIMIT + 1);
        var chunked = BodyPublishers.fromPublisher(BodyPublishers.ofString(body));

        assertThat(send(chunked).body()).isEqualTo("TOO_LARGE ");
    }

    @Test
    void formatThatFails_isAnsweredForAndLeavesTheRegistry() {
        format.failure = new IllegalStateException("a fault of the format");

        assertThat(post("abc").statusCode()).isEqualTo(500);
        assertThat(format.released).isEqualTo(1);
        assertThat(activity.of(DEVICE).connections()).isZero();
        assertThat(RunningBroker.await(onLoop(() -> ingest.drain()))).isNull();
    }

    @Test
    void bodyThatArrivesWhileTheBrokerShutsDown_isNotTaken() {
        RunningBroker.await(onLoop(() -> ingest.drain()));

        assertThat(post("abc").body()).isEqualTo("LEAVING ");
    }

    private HttpResponse<String> post(String body) {
        return send(BodyPublishers.ofString(body));
    }

    private HttpResponse<String> send(HttpRequest.BodyPublisher body) {
        URI uri = URI.create("http://127.0.0.1:" + server.actualPort() + "/api/v1/devices/press-7/logs");
        HttpRequest request = HttpRequest.newBuilder(uri).POST(body).build();
        return HttpClient.newHttpClient()
                .sendAsync(request, BodyHandlers.ofString())
                .orTimeout(10, java.util.concurrent.TimeUnit.SECONDS)
                .join();
    }

    private Future<Void> onLoop(java.util.function.Supplier<Future<Void>> call) {
        Promise<Void> done = Promise.promise();
        vertx.runOnContext(nothing -> call.get().onComplete(done));
        return done.future();
    }

    /** Collects what it takes as text. */
    private static final class Scripted implements BodyReader.Format<String> {
        private final StringBuilder text = new StringBuilder();
        private BodyReader<String> body;
        private RuntimeException failure;
        private int released;

        Scripted of(BodyReader<String> reader) {
            body = reader;
            return this;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void take(byte[] bytes, int length) {
            if (failure != null) {
                throw failure;
            }
            text.append(new String(bytes, 0, length, StandardCharsets.UTF_8));
        }

        @Override
        public void complete() {
            body.end(BodyOutcome.COMPLETE);
        }

        @Override
        public void release() {
            released++;
        }

        @Override
        public Future<Void> finish() {
            return Future.succeededFuture();
        }

        @Override
        public String receipt(BodyOutcome outcome) {
            return outcome.kind() + " " + text;
        }
    }
}
