package dev.tailrace.auth;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RawSocket;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Valid and invalid JSON Web Tokens. */
final class JwtTest {

    private static final String SECRET = "a secret of more than 32 bytes, for this test alone";
    private static final String DEVICE = "press-7";
    private static final String GRANT = "logs:read@device/" + DEVICE;

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private RunningBroker broker;

    @AfterEach
    void stop() {
        if (broker != null) {
            broker.close();
        }
        RunningBroker.await(vertx.close());
    }

    // ---- tokens

    private static String token(Key key, String algorithm, String id, Consumer<JwtClaims> change) throws Exception {
        var claims = new JwtClaims();
        claims.setSubject("anna");
        claims.setExpirationTimeMinutesInTheFuture(5);
        claims.setAudience("tailrace");
        claims.setIssuer("https://id.example");
        claims.setStringListClaim("tailrace", GRANT);
        change.accept(claims);
        var signed = new JsonWebSignature();
        signed.setPayload(claims.toJson());
        signed.setKey(key);
        signed.setAlgorithmHeaderValue(algorithm);
        if (id != null) {
            signed.setKeyIdHeaderValue(id);
        }
        signed.setDoKeyValidation(false);
        return signed.getCompactSerialization();
    }

    private static String symmetric(Consumer<JwtClaims> change) throws Exception {
        return token(new HmacKey(SECRET.getBytes(StandardCharsets.UTF_8)), "HS256", null, change);
    }

    private void start(Map<Setting, String> settings) {
        Map<Setting, String> all = new EnumMap<>(settings);
        all.put(Setting.AUTH_JWT_LEEWAY, "0s");
        broker = RunningBroker.start(all);
    }

    private int read(String token, String device) {
        return broker.get("/api/v1/devices/" + device + "/logs", "Authorization", "Bearer " + token)
                .statusCode();
    }

    private int read(String token) {
        return read(token, DEVICE);
    }

    private static KeyPair pair(String kind) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
        if (kind.equals("RSA")) {
            generator.initialize(2048);
        } else if (kind.equals("EC")) {
            generator.initialize(256);
        }
        return generator.generateKeyPair();
    }

    private String pem(KeyPair pair) throws Exception {
        Path file = directory.resolve("key.pem");
        Files.writeString(file, pemText(pair));
        return file.toString();
    }

    private static String pemText(KeyPair pair) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder().encodeToString(pair.getPublic().getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    @Test
    void token_signedWithTheSecret_hasItsListedGrantsOnly() throws Exception {
        start(Map.of(Setting.AUTH_JWT_SECRET, SECRET));
        String good = symmetric(claims -> {});
        assertThat(read(good)).isEqualTo(200);
        assertThat(read(good, "another")).isEqualTo(404);
        assertThat(broker.request("DELETE", "/api/v1/devices/press-7/logs", "", "Authorization", "Bearer " + good)
                        .statusCode())
                .isEqualTo(404);
        assertThat(read(symmetric(claims -> claims.setClaim("tailrace", "logs:write@* " + GRANT))))
                .isEqualTo(200);
        assertThat(read(symmetric(claims -> claims.unsetClaim("tailrace")))).isEqualTo(404);
    }

    @Test
    void invalidToken_isRefused() throws Exception {
        start(Map.of(Setting.AUTH_JWT_SECRET, SECRET));
        String good = symmetric(claims -> {});
        int end = good.lastIndexOf('.') + 1;
        String[] parts = good.split("\\.");
        String none = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
        var critical = new JsonWebSignature();
        critical.setPayload(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
        critical.setKey(new HmacKey(SECRET.getBytes(StandardCharsets.UTF_8)));
        critical.setAlgorithmHeaderValue("HS256");
        critical.setCriticalHeaderNames("b64x");
        critical.setHeader("b64x", "1");
        for (String bad : List.of(
                symmetric(claims -> claims.setExpirationTimeMinutesInTheFuture(-1)),
                symmetric(claims -> claims.unsetClaim("exp")),
                symmetric(claims -> claims.setNotBeforeMinutesInThePast(-5)),
                symmetric(claims -> claims.unsetClaim("sub")),
                token(new HmacKey(new byte[32]), "HS256", null, claims -> {}),
                token(new HmacKey(SECRET.getBytes(StandardCharsets.UTF_8)), "HS512", null, claims -> {}),
                token(pair("RSA").getPrivate(), "RS256", null, claims -> {}),
                none + "." + parts[1] + ".",
                none + "." + parts[1] + "." + parts[2],
                good.substring(0, end) + (good.charAt(end) == 'A' ? 'B' : 'A') + good.substring(end + 1),
                critical.getCompactSerialization(),
                "..",
                "e30.e30.e30",
                parts[0] + "." + parts[1])) {
            assertThat(read(bad)).as(bad).isEqualTo(401);
        }
        var unreadable = broker.get(
                "/api/v1/devices/press-7/logs",
                "Authorization",
                "Bearer " + symmetric(claims -> claims.setClaim("tailrace", "fly@*")));
        assertThat(unreadable.statusCode()).isEqualTo(401);
        assertThat(unreadable.body()).contains("logs:write");
    }

    /** Signed with the secret, but certainly a mistake. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "9223372036854775807",
                "9223372036854775",
                "253402300800",
                "1e300",
                "-1e300",
                "1e999999999",
                "-9223372036854775808",
                "99999999999999999999999999",
                "-1",
                "0",
                "null",
                "\"9999999999\"",
                "\"NaN\"",
                "NaN",
                "Infinity",
                "true",
                "[]",
                "{}"
            })
    void token_withAnAbsurdExpiry_isRefused(String exp) throws Exception {
        start(Map.of(Setting.AUTH_JWT_SECRET, SECRET));
        assertThat(read(signed("{\"sub\":\"anna\",\"tailrace\":\"" + GRANT + "\",\"exp\":" + exp + "}")))
                .as("exp")
                .isEqualTo(401);
        for (String claim : List.of("nbf", "iat")) {
            int status = read(signed("{\"sub\":\"anna\",\"tailrace\":\"" + GRANT + "\",\"exp\":9999999999,\"" + claim
                    + "\":" + exp + "}"));
            assertThat(status).as(claim).isIn(200, 401);
        }
    }

    private static String signed(String payload) throws Exception {
        var signed = new JsonWebSignature();
        signed.setPayload(payload);
        signed.setKey(new HmacKey(SECRET.getBytes(StandardCharsets.UTF_8)));
        signed.setAlgorithmHeaderValue("HS256");
        return signed.getCompactSerialization();
    }

    @ParameterizedTest
    @CsvSource({"RSA,RS256", "EC,ES256", "Ed25519,EdDSA"})
    void token_signedForAPublicKey_isValid_andThatKeyIsNoSecret(String kind, String algorithm) throws Exception {
        KeyPair pair = pair(kind);
        start(Map.of(Setting.AUTH_JWT_KEY, pem(pair), Setting.AUTH_JWT_AUDIENCE, "tailrace"));
        assertThat(read(token(pair.getPrivate(), algorithm, "any", claims -> {})))
                .isEqualTo(200);
        assertThat(read(token(pair.getPrivate(), algorithm, null, claims -> claims.setAudience("other"))))
                .isEqualTo(401);
        assertThat(read(token(pair(kind).getPrivate(), algorithm, null, claims -> {})))
                .isEqualTo(401);
        for (byte[] known : List.of(pair.getPublic().getEncoded(), pemText(pair).getBytes(StandardCharsets.UTF_8))) {
            assertThat(read(token(new HmacKey(known), "HS256", null, claims -> {})))
                    .isEqualTo(401);
        }
    }

    @Test
    void issuer_ifSet_mustMatch() throws Exception {
        start(Map.of(Setting.AUTH_JWT_SECRET, SECRET, Setting.AUTH_JWT_ISSUER, "https://id.example"));
        assertThat(read(symmetric(claims -> {}))).isEqualTo(200);
        assertThat(read(symmetric(claims -> claims.setIssuer("https://other.example"))))
                .isEqualTo(401);
    }

    // ---- an identity provider

    @Test
    void keysOfAnIdentityProvider_areFetched_replaced_andUsedWhileItIsUnavailable() throws Exception {
        KeyPair first = pair("RSA");
        KeyPair second = pair("EC");
        AtomicReference<String> served = new AtomicReference<>(keySet("one", first));
        AtomicInteger asked = new AtomicInteger();
        HttpServer provider = RunningBroker.await(vertx.createHttpServer()
                .requestHandler(request -> {
                    asked.incrementAndGet();
                    String body = served.get();
                    request.response().setStatusCode(body.isEmpty() ? 500 : 200).end(body);
                })
                .listen(0, "127.0.0.1"));
        String address = "http://127.0.0.1:" + provider.actualPort() + "/keys";
        start(Map.of(Setting.AUTH_JWKS_URL, address, Setting.AUTH_JWT_AUDIENCE, "tailrace", Setting.EVENT_LOOPS, "1"));
        String old = token(first.getPrivate(), "RS256", "one", claims -> {});
        assertThat(read(old)).isEqualTo(200);

        served.set(keySet("two", second));
        await().atMost(30, SECONDS).until(() -> read(token(second.getPrivate(), "ES256", "two", claims -> {})) == 200);
        await().atMost(30, SECONDS).until(() -> read(old) == 401); // cached for some seconds

        served.set("");
        int before = asked.get();
        for (int i = 0; i < 20; i++) {
            int stranger = i;
            assertThat(read(token(pair("EC").getPrivate(), "ES256", "stranger-" + stranger, claims -> {})))
                    .isEqualTo(401);
        }
        assertThat(asked.get() - before).isLessThanOrEqualTo(2);
        assertThat(read(token(second.getPrivate(), "ES256", "two", claims -> claims.setSubject("bert"))))
                .isEqualTo(200);
    }

    private static String keySet(String id, KeyPair pair) throws Exception {
        PublicJsonWebKey key = PublicJsonWebKey.Factory.newPublicJwk(pair.getPublic());
        key.setKeyId(id);
        return new JsonWebKeySet(key).toJson();
    }

    @Test
    void identityProviderThatNeverAnswered_isReportedAsUnavailable() throws Exception {
        HttpServer provider = RunningBroker.await(vertx.createHttpServer()
                .requestHandler(request -> request.response().end("{\"keys\":\"" + "x".repeat(300_000) + "\"}"))
                .listen(0, "127.0.0.1"));
        start(Map.of(
                Setting.AUTH_JWKS_URL,
                "http://127.0.0.1:" + provider.actualPort() + "/keys",
                Setting.AUTH_JWT_AUDIENCE,
                "tailrace"));
        String token = token(pair("RSA").getPrivate(), "RS256", "one", claims -> {});
        var answer = broker.get("/api/v1/devices/press-7/logs", "Authorization", "Bearer " + token);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(answer.body()).getString("type")).endsWith("identity-provider-away");
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void silentIdentityProvider_isReportedAsUnavailable_andDelaysNoOtherCaller() throws Exception {
        HttpServer provider = RunningBroker.await(
                vertx.createHttpServer().requestHandler(request -> {}).listen(0, "127.0.0.1"));
        start(Map.of(
                Setting.AUTH_JWKS_URL,
                "http://127.0.0.1:" + provider.actualPort() + "/keys",
                Setting.AUTH_JWT_AUDIENCE,
                "tailrace",
                Setting.AUTH_ADMIN_TOKEN,
                "admin-token-of-this-test",
                Setting.EVENT_LOOPS,
                "1"));
        String token = token(pair("RSA").getPrivate(), "RS256", "one", claims -> {});
        var waits = CompletableFuture.supplyAsync(() -> read(token));
        assertThat(read("admin-token-of-this-test")).isEqualTo(200);
        assertThat(waits.get(30, SECONDS)).isEqualTo(503);
    }

    private void startWithKeysOf(HttpServer provider) {
        start(Map.of(
                Setting.AUTH_JWKS_URL,
                "http://127.0.0.1:" + provider.actualPort() + "/keys",
                Setting.AUTH_JWT_AUDIENCE,
                "tailrace",
                Setting.EVENT_LOOPS,
                "1"));
    }

    private HttpServer provider(Handler<HttpServerRequest> handler) {
        return RunningBroker.await(
                vertx.createHttpServer().requestHandler(handler).listen(0, "127.0.0.1"));
    }

    /** Headers of a token that locate its key are ignored. */
    @Test
    void keysInOrLinkedFromAToken_areNeitherFetchedNorUsed() throws Exception {
        KeyPair ours = pair("RSA");
        KeyPair theirs = pair("RSA");
        String theirSet = keySet("theirs", theirs);
        AtomicInteger lured = new AtomicInteger();
        HttpServer lure = provider(request -> {
            lured.incrementAndGet();
            request.response().end(theirSet);
        });
        String ourSet = keySet("ours", ours);
        startWithKeysOf(provider(request -> request.response().end(ourSet)));
        assertThat(read(token(ours.getPrivate(), "RS256", "ours", claims -> {})))
                .isEqualTo(200);
        String address = "http://127.0.0.1:" + lure.actualPort() + "/keys";
        String payload = new String(
                Base64.getUrlDecoder()
                        .decode(token(ours.getPrivate(), "RS256", "ours", claims -> {})
                                .split("\\.")[1]),
                StandardCharsets.UTF_8);
        for (String header : List.of("jku", "x5u", "jwk", "x5c")) {
            for (String id : List.of("ours", "theirs")) {
                var forged = new JsonWebSignature();
                forged.setPayload(payload);
                forged.setKey(theirs.getPrivate());
                forged.setAlgorithmHeaderValue("RS256");
                forged.setKeyIdHeaderValue(id);
                switch (header) {
                    case "jwk" ->
                        forged.getHeaders()
                                .setObjectHeaderValue(
                                        "jwk",
                                        new JsonObject(theirSet)
                                                .getJsonArray("keys")
                                                .getJsonObject(0)
                                                .getMap());
                    case "x5c" -> forged.getHeaders().setObjectHeaderValue("x5c", List.of("AAAA"));
                    default -> forged.getHeaders().setStringHeaderValue(header, address);
                }
                assertThat(read(forged.getCompactSerialization()))
                        .as(header + " " + id)
                        .isEqualTo(401);
            }
        }
        assertThat(lured).hasValue(0);
    }

    /** Only the URL in the settings is used; redirects are not followed. */
    @Test
    void redirectOfAnIdentityProvider_isNotFollowed() throws Exception {
        KeyPair pair = pair("RSA");
        String set = keySet("one", pair);
        AtomicInteger reached = new AtomicInteger();
        HttpServer inside = provider(request -> {
            reached.incrementAndGet();
            request.response().end(set);
        });
        for (int status : List.of(301, 302, 307, 308)) {
            startWithKeysOf(provider(request -> request.response()
                    .setStatusCode(status)
                    .putHeader("Location", "http://127.0.0.1:" + inside.actualPort() + "/keys")
                    .end(set)));
            assertThat(read(token(pair.getPrivate(), "RS256", "one", claims -> {})))
                    .isEqualTo(503);
            broker.close();
            broker = null;
        }
        assertThat(reached).hasValue(0);
    }

    /** Each such response would keep one of the few connections for any time. */
    @Test
    void tricklingAnswerOfAnIdentityProvider_timesOut_andKeysCanChangeLater() throws Exception {
        KeyPair first = pair("RSA");
        KeyPair second = pair("RSA");
        String firstSet = keySet("one", first);
        String secondSet = keySet("two", second);
        AtomicInteger asked = new AtomicInteger();
        AtomicInteger dripping = new AtomicInteger();
        AtomicReference<String> mode = new AtomicReference<>("first");
        HttpServer provider = provider(request -> {
            asked.incrementAndGet();
            if (mode.get().equals("drips")) {
                HttpServerResponse response = request.response().setChunked(true);
                long timer = vertx.setPeriodic(200, id -> response.write(" "));
                dripping.incrementAndGet();
                response.closeHandler(closed -> {
                    vertx.cancelTimer(timer);
                    dripping.decrementAndGet();
                });
            } else {
                request.response().end(mode.get().equals("first") ? firstSet : secondSet);
            }
        });
        startWithKeysOf(provider);
        assertThat(read(token(first.getPrivate(), "RS256", "one", claims -> {})))
                .isEqualTo(200);
        mode.set("drips");
        int before = asked.get();
        String next = token(second.getPrivate(), "RS256", "two", claims -> {});
        await().atMost(30, SECONDS).until(() -> {
            read(next);
            return asked.get() > before;
        });
        await().atMost(30, SECONDS).until(() -> dripping.get() == 0);
        mode.set("second");
        await().atMost(30, SECONDS).until(() -> read(next) == 200);
    }

    /** Otherwise strangers could make a broker without keys ask its provider any number of times. */
    @Test
    void refusingIdentityProvider_isNotAskedForEachToken() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        startWithKeysOf(provider(request -> {
            asked.incrementAndGet();
            request.response().setStatusCode(500).end();
        }));
        String token = token(pair("RSA").getPrivate(), "RS256", "one", claims -> {});
        long begun = System.nanoTime();
        for (int i = 0; i < 200; i++) {
            assertThat(read(token)).isEqualTo(503);
        }
        long seconds = SECONDS.convert(System.nanoTime() - begun, NANOSECONDS);
        assertThat(asked.get()).isLessThanOrEqualTo((int) seconds + 3);
    }

    // ---- the end of a token

    @Test
    void expiredToken_endsItsStreamsAndBodies() throws Exception {
        start(Map.of(Setting.AUTH_JWT_SECRET, SECRET));
        String token = symmetric(claims -> {
            claims.setExpirationTime(NumericDate.fromSeconds(NumericDate.now().getValue() + 4));
            claims.setStringListClaim("tailrace", "logs:read@*", "logs:write@*");
        });
        String header = "Bearer " + token;
        String path = "/api/v1/devices/d";
        String authorization = "Authorization: " + header;
        try (SseReader reader = SseReader.open(broker.port(), path + "/logs/stream", "Authorization", header);
                RawSocket socket = RawSocket.webSocket(broker.port(), path + "/logs/stream", authorization);
                RawSocket sender = RawSocket.webSocket(broker.port(), path + "/ingest", authorization);
                RawSocket poster = post(path + "/logs", authorization, "text/plain", "hello\n");
                RawSocket otlp = post("/v1/logs", authorization, "application/json", "{\"resourceLogs\":[");
                RawSocket loki = post("/loki/api/v1/push", authorization, "application/json", "{\"streams\":[");
                RawSocket balena = post("/device/v2/d/logs", authorization, "application/json", "[{")) {
            assertThat(reader.message().json().getString("message")).isEqualTo("hello");
            EventReader.Event bye = reader.message();
            assertThat(bye.name()).isEqualTo("bye");
            assertThat(bye.json().getString("reason")).isEqualTo("credential expired");
            assertThat(closeOf(socket)).isEqualTo("1008 credential expired");
            assertThat(closeOf(sender)).isEqualTo("1008 credential expired");
            for (RawSocket body : List.of(poster, otlp, loki, balena)) {
                assertThat(body.readHead()).startsWith("HTTP/1.1 401");
            }
            assertThat(read(token)).isEqualTo(401);
        }
    }

    /** A body without an end. */
    private RawSocket post(String path, String authorization, String type, String beginning) {
        return new RawSocket(broker.port())
                .write("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + authorization + "\r\nContent-Type: " + type
                        + "\r\nTransfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(beginning.length()) + "\r\n"
                        + beginning + "\r\n");
    }

    private static String closeOf(RawSocket socket) {
        RawSocket.Frame frame = socket.readDataOrClose();
        while (frame.kind() != RawSocket.CLOSE) {
            frame = socket.readDataOrClose();
        }
        return frame.closeCode() + " "
                + new String(frame.payload(), 2, frame.payload().length - 2, StandardCharsets.UTF_8);
    }

    // ---- settings

    @Test
    void unsafeSettings_stopTheStart() throws Exception {
        String pem = pem(pair("RSA"));
        for (Map<Setting, String> unsafe : List.of(
                Map.of(Setting.AUTH_JWT_SECRET, "short"),
                Map.of(Setting.AUTH_JWT_KEY, pem),
                Map.of(Setting.AUTH_JWKS_URL, "http://id.example/keys", Setting.AUTH_JWT_AUDIENCE, "a"),
                Map.of(Setting.AUTH_JWKS_URL, "https://id.example/keys"),
                Map.of(Setting.AUTH_JWKS_URL, "file:///etc/passwd", Setting.AUTH_JWT_AUDIENCE, "a"),
                Map.of(Setting.AUTH_JWKS_URL, "http://169.254.169.254/latest", Setting.AUTH_JWT_AUDIENCE, "a"),
                Map.of(Setting.AUTH_JWKS_URL, "jar:https://id.example/a.jar!/keys", Setting.AUTH_JWT_AUDIENCE, "a"),
                Map.of(Setting.AUTH_JWKS_URL, "ftp://id.example/keys", Setting.AUTH_JWT_AUDIENCE, "a"),
                Map.of(Setting.AUTH_JWT_KEY, directory.resolve("none.pem").toString()))) {
            assertThatThrownBy(() -> Settings.read(unsafe)).isInstanceOf(Settings.InvalidSettingException.class);
        }
    }
}
