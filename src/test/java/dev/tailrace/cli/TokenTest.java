package dev.tailrace.cli;

import static dev.tailrace.cli.ScriptedBroker.body;
import static dev.tailrace.cli.ScriptedBroker.problem;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TokenTest {

    private static final String TOKEN = "trk_0123456789abcdef_secret";
    private static final String MADE = "{\"id\":\"0123456789abcdef\",\"name\":\"\",\"token\":\"" + TOKEN + "\"}";
    private static final String SECRET = "a secret of more than 32 characters";

    /** Whose input is a line for each run that reads it: a run whose input has ended ends well if it was not refused before. */
    private final TestConsole console = TestConsole.withInput(new InputStream() {
        private final byte[] line = "one line\n".getBytes(StandardCharsets.UTF_8);
        private int at;

        @Override
        public int read() {
            return line[at++ % line.length];
        }

        @Override
        public int read(byte[] bytes, int from, int length) {
            for (int i = 0; i < Math.min(length, line.length); i++) {
                bytes[from + i] = (byte) read();
            }
            return Math.min(length, line.length);
        }
    });

    private final List<String> received = new CopyOnWriteArrayList<>();

    @TempDir
    private Path directory;

    /** Method, path, Authorization and body of each call. */
    private void receive(HttpServerRequest request, String answer) {
        request.body().onSuccess(sent -> {
            received.add(
                    request.method() + " " + request.uri() + " " + request.getHeader("Authorization") + " " + sent);
            body("application/json", answer).handle(request);
        });
    }

    private int run(ScriptedBroker broker, String... args) {
        List<String> all = new java.util.ArrayList<>(List.of(args));
        all.addAll(List.of("--url", broker.url()));
        return Main.run(console.console(), all.toArray(String[]::new));
    }

    @Test
    void key_standsAloneOnStandardOutput() throws Exception {
        console.with("TAILRACE_TOKEN", "admin-token");
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, MADE))) {
            assertThat(run(broker, "token", "key", "--device", "lathe", "--name", "first", "--expires", "30d"))
                    .isZero();
        }
        assertThat(console.out()).isEqualTo(TOKEN + "\n");
        assertThat(console.err()).doesNotContain("secret").doesNotContain("admin-token");
        assertThat(received)
                .containsExactly("POST /api/v1/devices/lathe/keys Bearer admin-token"
                        + " {\"name\":\"first\",\"expiresIn\":2592000}");
    }

    @Test
    void keyOfNoDevice_isAskedForWithItsGrants() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, MADE))) {
            assertThat(run(broker, "token", "key", "--grant", "logs:read@*", "--grant", "logs:write@fleet/f"))
                    .isZero();
        }
        assertThat(received)
                .containsExactly("POST /api/v1/keys null {\"grants\":[\"logs:read@*\",\"logs:write@fleet/f\"]}");
    }

    @Test
    void keyWithoutOwner_isWrongUsage() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, MADE))) {
            assertThat(run(broker, "token", "key")).isEqualTo(2);
        }
        assertThat(received).isEmpty();
    }

    @Test
    void rotation_printsTheNewKey() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, MADE))) {
            assertThat(run(broker, "token", "rotate", "--device", "lathe", "--grace", "0s", "00ff"))
                    .isZero();
        }
        assertThat(console.out()).isEqualTo(TOKEN + "\n");
        assertThat(received).containsExactly("POST /api/v1/devices/lathe/keys/00ff/rotate null {\"grace\":0}");
    }

    @Test
    void revocation_isOfAKey_orOfAnyNamedCredential() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, ""))) {
            assertThat(run(broker, "token", "revoke", "--device", "lathe", "00ff"))
                    .isZero();
            assertThat(run(broker, "token", "revoke", "../..")).isZero();
            assertThat(run(broker, "token", "revoke", "jti:42")).isZero();
        }
        assertThat(received)
                .containsExactly(
                        "DELETE /api/v1/devices/lathe/keys/00ff null ",
                        "DELETE /api/v1/keys/..%2F.. null ",
                        "POST /api/v1/revocations null {\"credential\":\"jti:42\"}");
    }

    @Test
    void revocation_saysWhenItsCredentialEnds_whereThatIsKnown() throws Exception {
        String token = WebToken.signed("{\"sub\":\"anna\",\"jti\":\"42\",\"exp\":1800000000}", SECRET);
        Path file = Files.writeString(directory.resolve("jwt"), token + "\n");
        long before = System.currentTimeMillis();
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, ""))) {
            assertThat(run(broker, "token", "revoke", "--jwt-file", file.toString()))
                    .isZero();
            assertThat(run(broker, "token", "revoke", "cert:00ff", "--expires", "2d"))
                    .isZero();
        }
        assertThat(received.get(0))
                .isEqualTo(
                        "POST /api/v1/revocations null" + " {\"credential\":\"jti:42\",\"expiresAt\":1800000000000}");
        var second = new JsonObject(received.get(1).substring(received.get(1).indexOf('{')));
        assertThat(second.getLong("expiresAt") - 2 * 86_400_000L).isBetween(before, System.currentTimeMillis());
        assertThat(console.err()).doesNotContain(token);
    }

    @Test
    void revocation_withAnAbsurdEnd_hasNone() throws Exception {
        String token = WebToken.signed("{\"jti\":\"42\",\"exp\":9223372036854775807}", SECRET);
        Path file = Files.writeString(directory.resolve("jwt"), token);
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, ""))) {
            assertThat(run(broker, "token", "revoke", "--jwt-file", file.toString()))
                    .isZero();
        }
        assertThat(received).containsExactly("POST /api/v1/revocations null {\"credential\":\"jti:42\"}");
    }

    @Test
    void revocation_ofNothing_ofTwo_orOfAnInvalidToken_isRefused() throws Exception {
        Path nameless = Files.writeString(directory.resolve("nameless"), WebToken.signed("{\"sub\":\"a\"}", SECRET));
        Path other = Files.writeString(directory.resolve("other"), "no.token");
        Path broken = Files.writeString(directory.resolve("broken"), "a.!.c");
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, ""))) {
            assertThat(run(broker, "token", "revoke")).isEqualTo(2);
            assertThat(run(broker, "token", "revoke", "jti:1", "--jwt-file", nameless.toString()))
                    .isEqualTo(2);
            assertThat(run(broker, "token", "revoke", "00ff", "--expires", "1h"))
                    .isEqualTo(2);
            assertThat(run(broker, "token", "revoke", "--jwt-file", nameless.toString()))
                    .isEqualTo(2);
            assertThat(run(broker, "token", "revoke", "--jwt-file", other.toString()))
                    .isEqualTo(1);
            assertThat(run(broker, "token", "revoke", "--jwt-file", broken.toString()))
                    .isEqualTo(1);
        }
        assertThat(received).isEmpty();
    }

    @Test
    void keys_areListedAsTheBrokerSays() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, "{\"keys\":[]}"))) {
            assertThat(run(broker, "token", "keys", "--device", "lathe")).isZero();
        }
        assertThat(console.out()).isEqualTo("{\"keys\":[]}\n");
    }

    @Test
    void refusal_isReportedWithTheSourcesOfTokens() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(problem(401, "say who you are"))) {
            assertThat(run(broker, "token", "keys")).isEqualTo(1);
        }
        assertThat(console.err())
                .contains("say who you are (HTTP 401)")
                .contains("TAILRACE_TOKEN")
                .contains("--token-file");
    }

    @Test
    void webToken_isSignedAndHasTheRequestedClaims() throws Exception {
        console.with("TAILRACE_AUTH_JWT_SECRET", SECRET);
        int code = Main.run(
                console.console(),
                "token",
                "jwt",
                "--grant",
                "logs:read@*",
                "--subject",
                "anna",
                "--expires",
                "2h",
                "--audience",
                "tailrace");
        assertThat(code).isZero();
        String[] parts = console.out().trim().split("\\.");
        assertThat(parts).hasSize(3);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] signature = mac.doFinal((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(Base64.getUrlDecoder().decode(parts[2])).isEqualTo(signature);
        var claims = new JsonObject(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
        assertThat(claims.getString("sub")).isEqualTo("anna");
        assertThat(claims.getString("aud")).isEqualTo("tailrace");
        assertThat(claims.getString("jti")).hasSizeGreaterThan(16);
        assertThat(claims.getJsonArray("tailrace")).isEqualTo(new JsonArray().add("logs:read@*"));
        assertThat(claims.getLong("exp") - claims.getLong("iat")).isEqualTo(7200);
    }

    @Test
    void webToken_withoutSecret_isWrongUsage() {
        assertThat(Main.run(console.console(), "token", "jwt", "--grant", "logs:read@*", "--subject", "anna"))
                .isEqualTo(2);
        assertThat(console.err()).contains("TAILRACE_AUTH_JWT_SECRET");
    }

    @Test
    void secret_isFreshEachTime() {
        assertThat(Main.run(console.console(), "token", "secret")).isZero();
        assertThat(Main.run(console.console(), "token", "secret")).isZero();
        assertThat(console.outLines())
                .hasSize(2)
                .doesNotHaveDuplicates()
                .allSatisfy(secret -> assertThat(secret).matches("[A-Za-z0-9_-]{43}"));
    }

    // ---- the other commands

    @Test
    void commands_showTheTokenOfTheFile_ratherThanTheOneOfTheEnvironment() throws Exception {
        Path file = Files.writeString(directory.resolve("token"), "from-the-file\n");
        console.with("TAILRACE_TOKEN", "from-the-environment");
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, "{\"devices\":[]}"))) {
            assertThat(run(broker, "devices")).isZero();
            assertThat(run(broker, "devices", "--token-file", file.toString())).isZero();
        }
        assertThat(received)
                .containsExactly(
                        "GET /api/v1/devices Bearer from-the-environment ",
                        "GET /api/v1/devices Bearer from-the-file ");
    }

    @Test
    void missingTokenFile_isReported() throws Exception {
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, "{\"devices\":[]}"))) {
            assertThat(run(broker, "devices", "--token-file", directory + "/none"))
                    .isEqualTo(1);
        }
        assertThat(console.err()).contains("no such file");
        assertThat(received).isEmpty();
    }

    @Test
    void tokenThatCannotBeOne_isNotShown() throws Exception {
        console.with("TAILRACE_TOKEN", "two words");
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> receive(request, "{\"devices\":[]}"))) {
            assertThat(run(broker, "devices")).isEqualTo(2);
        }
        assertThat(console.err()).contains("TAILRACE_TOKEN").doesNotContain("words");
        assertThat(received).isEmpty();
    }

    @Test
    void tail_showsTheToken_andGivesUpWhenItIsNotTaken() throws Exception {
        console.with("TAILRACE_TOKEN", "mine");
        try (ScriptedBroker broker = ScriptedBroker.answering(request -> {
            received.add(request.getHeader("Authorization"));
            problem(401, "say who you are").handle(request);
        })) {
            assertThat(run(broker, "tail", "lathe")).isEqualTo(1);
            assertThat(run(broker, "tail", "lathe", "--no-follow")).isEqualTo(1);
        }
        assertThat(received).containsExactly("Bearer mine", "Bearer mine");
        assertThat(console.err()).contains("HTTP 401");
    }

    @Test
    void send_showsTheToken_andGivesUpWhenItIsNotTaken() throws Exception {
        console.with("TAILRACE_TOKEN", "mine");
        try (ScriptedBroker broker = ScriptedBroker.answering(
                request -> {
                    received.add(request.getHeader("Authorization"));
                    problem(401, "say who you are").handle(request);
                },
                request -> {
                    received.add(request.getHeader("Authorization"));
                    problem(404, "no such device").handle(request);
                })) {
            assertThat(run(broker, "send", "--device", "lathe")).isEqualTo(1);
            assertThat(run(broker, "send", "--device", "lathe")).isEqualTo(1);
        }
        assertThat(received).containsExactly("Bearer mine", "Bearer mine");
        assertThat(console.err()).contains("HTTP").contains("401").contains("404");
    }
}
