package dev.tailrace.auth;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import dev.tailrace.http.Problem;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gate before two routes of the broker, with an authenticator that answers when the test completes it. */
final class GateTest {

    private static final String WRITE = "/api/v1/devices/press-7/logs";

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Queue<Promise<Identity>> asked = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> revoked = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Lease.End> ended = new ConcurrentLinkedQueue<>();
    private HttpServer server;

    @BeforeEach
    void start() {
        Promise<HttpServer> listening = Promise.promise();
        vertx.runOnContext(nothing -> vertx.createHttpServer()
                .requestHandler(router())
                .listen(0, "127.0.0.1")
                .onComplete(listening));
        server = RunningBroker.await(listening.future());
    }

    private Router router() {
        Router router = Router.router(vertx);
        Gate gate = new Gate(
                vertx,
                List.of(credential -> {
                    Promise<Identity> promise = Promise.promise();
                    asked.add(promise);
                    return promise.future();
                }),
                revoked::contains,
                new StorageClock(),
                new OpenStreams(10));
        gate.mount(router);
        router.post("/api/v1/devices/:device/logs").handler(call -> {
            call.request().body().onSuccess(body -> call.response().end(body)).onFailure(call::fail);
            call.request().resume(); // as every handler that takes a body as it comes
        });
        router.get("/api/v1/devices/:device/logs/stream").handler(call -> {
            call.response().setChunked(true).write("open\n");
            Caller.of(call).lease(Permission.LOGS_READ, List.of(new dev.tailrace.model.DeviceId("press-7")), end -> {
                ended.add(end);
                call.response().end(end.reason());
            });
        });
        gate.verify(router);
        router.route().failureHandler(call -> {
            int status = call.failure() instanceof Problem problem ? problem.status() : call.statusCode();
            call.response().setStatusCode(status).end();
        });
        return router;
    }

    @AfterEach
    void stop() {
        RunningBroker.await(vertx.close());
    }

    @Test
    void request_withoutCredential_isRefused_withAChallenge() {
        HttpResponse<String> answer =
                send(request(WRITE).POST(BodyPublishers.ofString("x"))).join();
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"tailrace\"");
        assertThat(asked).isEmpty();
    }

    @Test
    void bodyOfARequest_isNotReadBeforeItsCallerIsKnown_andIsComplete() {
        String body = "x".repeat(300_000);
        CompletableFuture<HttpResponse<String>> answer =
                send(request(WRITE).header("Authorization", "Bearer t").POST(BodyPublishers.ofString(body)));
        next().complete(granted(Identity.NEVER, "logs:write@device/press-7"));
        assertThat(answer.join().body()).isEqualTo(body);
    }

    @Test
    void request_forAForeignDevice_isAnsweredAsForAnUnknownOne() {
        var answer = send(request(WRITE).header("Authorization", "Bearer t").POST(BodyPublishers.ofString("x")));
        next().complete(granted(Identity.NEVER, "logs:read@*", "logs:write@device/press-8"));
        assertThat(answer.join().statusCode()).isEqualTo(404);
    }

    @Test
    void unknownCredential_isRefused() {
        var answer = send(request(WRITE).header("Authorization", "Bearer t").POST(BodyPublishers.ofString("x")));
        next().complete(null);
        assertThat(answer.join().statusCode()).isEqualTo(401);
    }

    @Test
    void revokedCredential_isRefused() {
        revoked.add("key-1");
        var answer = send(request(WRITE).header("Authorization", "Bearer t").POST(BodyPublishers.ofString("x")));
        next().complete(granted(Identity.NEVER, "admin@*"));
        assertThat(answer.join().statusCode()).isEqualTo(401);
    }

    @Test
    void streamOfAnExpiredCredential_ends() {
        var answer = send(request("/api/v1/devices/press-7/logs/stream").header("Authorization", "Bearer t"));
        next().complete(granted(System.currentTimeMillis() + 1500, "logs:read@*"));
        assertThat(answer.join().body()).isEqualTo("open\ncredential expired");
    }

    @Test
    void streamOfARevokedCredential_endsOnce() {
        var answer = send(request("/api/v1/devices/press-7/logs/stream").header("Authorization", "Bearer t"));
        next().complete(granted(Identity.NEVER, "logs:read@*"));
        revoked.add("key-1");
        assertThat(answer.join().body()).isEqualTo("open\ncredential revoked");
        assertThat(ended).containsExactly(Lease.End.REVOKED);
    }

    @Test
    void route_thatIsMissingInTheTable_stopsTheStart() {
        Router router = Router.router(vertx);
        Gate gate = new Gate(vertx, List.of(), credential -> false, new StorageClock(), new OpenStreams(10));
        gate.mount(router);
        router.get("/api/v1/secrets").handler(call -> call.response().end());
        assertThatIllegalStateException()
                .isThrownBy(() -> gate.verify(router))
                .withMessageContaining("/api/v1/secrets");
    }

    private static Identity granted(long expiresAt, String... grants) {
        List<Grant> all = List.of(grants).stream().map(Grant::parse).toList();
        return new GrantedIdentity("somebody", List.of("key-1"), expiresAt, all, Fleets.NONE);
    }

    private Promise<Identity> next() {
        await().atMost(10, SECONDS).until(() -> !asked.isEmpty());
        return asked.remove();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.actualPort() + path));
    }

    private CompletableFuture<HttpResponse<String>> send(HttpRequest.Builder request) {
        return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .orTimeout(20, SECONDS);
    }
}
