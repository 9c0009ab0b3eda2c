package dev.tailrace.auth;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.auth.provider.BalenaAccess;
import dev.tailrace.auth.provider.BalenaAccess.Shown;
import dev.tailrace.auth.provider.BalenaAccess.Times;
import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.http.Problem;
import dev.tailrace.model.DeviceId;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Callers with tokens of balena. A server in place of its API answers {@code canAccess} as the real one was observed to: 200 with the
 * device, or 401 without a body.
 */
final class BalenaDelegationTest {

    private static final String WRITER = "writer-token";
    private static final String READER = "reader.session.token";
    private static final String LOGS = "/api/v1/devices/abc123/logs";
    private static final long HOUR = SECONDS.toNanos(3600);
    private static final int MAX_ASKING = BalenaAccess.AT_A_TIME + BalenaAccess.MAX_WAITING;

    private final Vertx vertx = Vertx.vertx();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<HttpServerRequest> silent = new CopyOnWriteArrayList<>();
    private volatile Mode mode = Mode.ANSWERS;
    private HttpServer api;
    private RunningBroker broker;

    private enum Mode {
        ANSWERS,
        IS_BROKEN,
        FLOODS,
        IS_SILENT,
        TALKS_NONSENSE
    }

    @BeforeEach
    void listen() {
        api = RunningBroker.await(
                vertx.createHttpServer().requestHandler(this::canAccess).listen(0, "127.0.0.1"));
    }

    @AfterEach
    void stop() {
        if (broker != null) {
            broker.close();
        }
        RunningBroker.await(vertx.close());
    }

    private void canAccess(HttpServerRequest request) {
        request.body().onSuccess(body -> {
            if (request.method().equals(HttpMethod.GET)) {
                whoAmI(request);
                return;
            }
            asked.add(request.uri() + " " + request.getHeader("Authorization") + " " + body);
            switch (mode) {
                case ANSWERS -> answer(request, new JsonObject(body).getString("action"));
                case IS_BROKEN -> request.response().setStatusCode(500).end();
                case FLOODS -> request.response().end("{\"d\":[\"" + "x".repeat(300_000) + "\"]}");
                case IS_SILENT -> silent.add(request);
                case TALKS_NONSENSE -> request.response().end("{\"d\":7}");
            }
        });
    }

    private static void whoAmI(HttpServerRequest request) {
        boolean isKnown = request.uri().equals("/base/actor/v1/whoami")
                && List.of("Bearer " + WRITER, "Bearer " + READER).contains(request.getHeader("Authorization"));
        request.response().setStatusCode(isKnown ? 200 : 401).end(isKnown ? "{\"id\":1}" : "");
    }

    private static void answer(HttpServerRequest request, String action) {
        String caller = request.getHeader("Authorization");
        boolean may = (caller.equals("Bearer " + WRITER) && action.equals("write-log"))
                || (caller.equals("Bearer " + READER) && action.equals("read"));
        if (may && request.uri().equals("/base/v7/device(uuid=@uuid)/canAccess?@uuid='abc123'")) {
            request.response().end("{\"d\":[{\"id\":4}]}");
        } else {
            request.response().setStatusCode(401).end();
        }
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + api.actualPort() + "/base/");
    }

    private void start() {
        broker = RunningBroker.start(Map.of(Setting.AUTH_BALENA_URL, address().toString(), Setting.EVENT_LOOPS, "1"));
    }

    private HttpResponse<String> call(String method, String token, String path) {
        return broker.request(
                method,
                path,
                method.equals("POST") ? "a line\n" : "",
                "Authorization",
                "Bearer " + token,
                "Content-Type",
                "text/plain");
    }

    private int status(String method, String token) {
        return call(method, token, LOGS).statusCode();
    }

    @Test
    void token_hasThePermissionsOfTheApi_andNoOthers() {
        start();
        assertThat(status("POST", WRITER)).isEqualTo(202);
        assertThat(status("GET", WRITER)).isEqualTo(404);
        assertThat(status("GET", READER)).isEqualTo(200);
        assertThat(status("POST", READER)).isEqualTo(404);
        assertThat(status("GET", "a-stranger")).isEqualTo(404);
        assertThat(asked).hasSize(5);
        assertThat(status("DELETE", WRITER)).isEqualTo(404);
        assertThat(call("GET", READER, "/api/v1/keys").statusCode()).isEqualTo(403);
        assertThat(asked).as("clearing and admin are nothing to ask about").hasSize(5);
    }

    @Test
    void answers_areCached() {
        start();
        for (int i = 0; i < 5; i++) {
            assertThat(status("POST", WRITER)).isEqualTo(202);
            assertThat(status("POST", READER)).isEqualTo(404);
        }
        assertThat(asked)
                .containsExactly(
                        "/base/v7/device(uuid=@uuid)/canAccess?@uuid='abc123' Bearer " + WRITER
                                + " {\"action\":\"write-log\"}",
                        "/base/v7/device(uuid=@uuid)/canAccess?@uuid='abc123' Bearer " + READER
                                + " {\"action\":\"write-log\"}");
    }

    @Test
    void foreignToken_isNotSentToBalena() {
        start();
        for (String token : List.of("trk_0123456789abcdef_secret", "short", "with a space in it", "quote\"quote")) {
            assertThat(status("GET", token)).as(token).isEqualTo(401);
        }
        assertThat(asked).isEmpty();
    }

    @Test
    void jwt_besideAnotherIssuer_isNotSentToBalena() {
        broker = RunningBroker.start(
                Map.of(Setting.AUTH_BALENA_URL, address().toString(), Setting.AUTH_JWT_SECRET, "s".repeat(32)));
        assertThat(status("GET", READER)).isEqualTo(401);
        assertThat(status("POST", WRITER)).isEqualTo(202);
        assertThat(asked).hasSize(1);
    }

    @Test
    void brokenApi_isReportedAsUnavailable_andAllowedActionsRemainAllowed() {
        start();
        assertThat(status("POST", WRITER)).isEqualTo(202);
        for (Mode bad : List.of(Mode.IS_BROKEN, Mode.FLOODS, Mode.TALKS_NONSENSE)) {
            mode = bad;
            HttpResponse<String> answer = call("GET", READER, LOGS);
            assertThat(answer.statusCode()).as(bad.name()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Retry-After")).isPresent();
            assertThat(answer.body()).contains("balena-away").doesNotContain(READER);
            assertThat(status("POST", WRITER)).isEqualTo(202);
        }
    }

    @Test
    void settings_refuseAUrlWithoutTls() {
        assertThatThrownBy(() -> Settings.read(Map.of(Setting.AUTH_BALENA_URL, "http://api.example")))
                .isInstanceOf(Settings.InvalidSettingException.class);
    }

    // ---- what is remembered, in times of its own

    private final DeviceId device = new DeviceId("abc123");

    private <T> T on(Context context, Supplier<Future<T>> what) {
        Promise<T> done = Promise.promise();
        context.runOnContext(nothing -> what.get().onComplete(done));
        return RunningBroker.await(done.future());
    }

    private static Shown shown(String token, String hash) {
        return new Shown(token, hash, "192.0.2.1");
    }

    @Test
    void oldPositiveAnswer_isCheckedAgain_andRemainsWhileTheApiIsUnavailable() {
        Context context = vertx.getOrCreateContext();
        var access = new BalenaAccess(vertx, address(), new Times(0, 0, HOUR, HOUR));
        Supplier<Future<Boolean>> question = () -> access.ask(shown(WRITER, "hash"), device, "write-log");
        assertThat(on(context, question)).isTrue();
        assertThat(on(context, question)).isTrue();
        assertThat(asked).hasSize(2);
        mode = Mode.IS_BROKEN;
        for (int i = 0; i < 5; i++) {
            assertThat(on(context, question)).isTrue();
        }
        assertThat(asked).as("an unavailable API is not asked each time").hasSize(3);
    }

    @Test
    void positiveAnswerThatIsTooOld_isNotUsed_whileTheApiIsUnavailable() {
        Context context = vertx.getOrCreateContext();
        var access = new BalenaAccess(vertx, address(), new Times(0, 0, 0, HOUR));
        Supplier<Future<Boolean>> question = () -> access.ask(shown(WRITER, "hash"), device, "write-log");
        assertThat(on(context, question)).isTrue();
        mode = Mode.IS_BROKEN;
        assertThatThrownBy(() -> on(context, question)).isInstanceOf(Problem.class);
    }

    @Test
    void sameRequest_isSentOnce_andTooManyAreRefused() {
        mode = Mode.IS_SILENT;
        Context context = vertx.getOrCreateContext();
        var access = new BalenaAccess(vertx, address(), Times.USUAL);
        List<Future<Boolean>> answers = new ArrayList<>();
        on(context, () -> {
            for (int i = 0; i < MAX_ASKING; i++) {
                int stranger = i;
                answers.add(access.ask(shown("stranger-" + stranger, "hash-" + stranger), device, "read"));
                answers.add(access.ask(shown("stranger-" + stranger, "hash-" + stranger), device, "read"));
            }
            return Future.succeededFuture();
        });
        assertThat(answers.stream().distinct()).hasSize(MAX_ASKING);
        assertThatThrownBy(() -> on(context, () -> access.ask(shown("one-more", "hash"), device, "read")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("too many");
        for (Future<Boolean> answer : answers) { // it never answers, so that they time out
            assertThatThrownBy(() -> RunningBroker.await(answer)).isInstanceOf(Problem.class);
        }
        assertThat(asked).hasSizeLessThan(MAX_ASKING);
        mode = Mode.ANSWERS;
        assertThat(on(context, () -> access.ask(shown(READER, "hash"), device, "read")))
                .as("there is room again")
                .isTrue();
    }

    /** Otherwise a caller with many tokens could exclude later callers, and fill the broker's memory. */
    @Test
    void strangersOfOneAddress_delayNeitherOtherAddresses_norKnownTokens() {
        Context context = vertx.getOrCreateContext();
        var access = new BalenaAccess(vertx, address(), new Times(0, 0, HOUR, HOUR));
        assertThat(on(context, () -> access.ask(shown(WRITER, "known"), device, "write-log")))
                .isTrue();
        mode = Mode.IS_SILENT;
        List<Future<Boolean>> attack = new ArrayList<>();
        on(context, () -> {
            for (int i = 0; i < 1000; i++) {
                attack.add(access.ask(shown("stranger-" + i, "hash-" + i), device, "read"));
            }
            return Future.succeededFuture();
        });
        assertThat(failed(attack)).isEqualTo(1000 - MAX_ASKING);
        await().atMost(20, SECONDS).until(() -> silent.size() == BalenaAccess.AT_A_TIME);
        mode = Mode.ANSWERS;
        assertThat(on(context, () -> access.ask(shown(WRITER, "known"), device, "write-log")))
                .as("while strangers have no answer")
                .isTrue();
        assertThat(attack.stream().filter(answer -> !answer.isComplete()).count())
                .isEqualTo(MAX_ASKING);

        Promise<Future<Boolean>> other = Promise.promise();
        context.runOnContext(
                nothing -> other.complete(access.ask(new Shown(READER, "new", "192.0.2.2"), device, "read")));
        Future<Boolean> newcomer = RunningBroker.await(other.future());
        assertThat(newcomer.failed()).isFalse();
        assertThat(failed(attack)).isEqualTo(1000 - MAX_ASKING + 1);
        silent.get(0).response().setStatusCode(401).end();
        silent.get(1).response().setStatusCode(401).end();
        assertThat(RunningBroker.await(newcomer))
                .as("its turn is the next or the one after")
                .isTrue();
    }

    private static long failed(List<Future<Boolean>> answers) {
        return answers.stream().filter(Future::failed).count();
    }

    @Test
    void loginsOfStrangers_areCheckedFirst_andStoreNothing() {
        start();
        String longOne = "A".repeat(8100);
        assertThat(call("GET", longOne, "/api/v1/limits").statusCode()).isEqualTo(401);
        for (String login : List.of("a-stranger", WRITER)) {
            HttpResponse<String> in = broker.request("POST", "/api/v1/session", "{\"token\":\"" + login + "\"}");
            assertThat(in.statusCode()).as(login).isEqualTo(login.equals(WRITER) ? 200 : 401);
            assertThat(in.headers().firstValue("Set-Cookie").isPresent()).isEqualTo(login.equals(WRITER));
        }
        HttpResponse<String> ticket = broker.request(
                "POST", "/api/v1/tickets", "{\"devices\":[\"abc123\"]}", "Authorization", "Bearer a-stranger");
        assertThat(ticket.statusCode()).isEqualTo(404);
        ticket = broker.request(
                "POST", "/api/v1/tickets", "{\"devices\":[\"abc123\"]}", "Authorization", "Bearer " + READER);
        assertThat(ticket.statusCode()).isEqualTo(201);
    }
}
