package dev.tailrace.auth;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.tailrace.auth.provider.BalenaAccess;
import dev.tailrace.auth.provider.BalenaAuthenticator;
import dev.tailrace.auth.provider.JwtAuthenticator;
import dev.tailrace.auth.provider.JwtOptions;
import dev.tailrace.http.Problem;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** Any text as a token is unknown, or left to balena, or refused with a reason; no exception is thrown. */
final class TokenFuzzTest {

    private static final Vertx vertx = Vertx.vertx();
    private static final Authenticator tokens = new JwtAuthenticator(
            vertx,
            new JwtOptions("s".repeat(32), null, null, List.of(), List.of(), Duration.ZERO, "tailrace"),
            Fleets.NONE);
    private static final Authenticator balena =
            new BalenaAuthenticator(new BalenaAccess(vertx, URI.create("http://127.0.0.1:1")), false); // never asked

    @AfterAll
    static void close() {
        vertx.close();
    }

    @FuzzTest(maxDuration = "1m")
    void token(FuzzedDataProvider data) {
        var shown = new Credential(Credential.Kind.TOKEN, data.consumeRemainingAsString());
        Future<Identity> known = tokens.identify(shown);
        if (known.failed() ? !(known.cause() instanceof Problem) : known.result() != null) {
            throw new AssertionError("a token that nobody signed");
        }
        Identity delegated = balena.identify(shown).result();
        if (delegated != null && delegated.mayEverywhere(Permission.LOGS_READ)) {
            throw new AssertionError("a token that nobody was asked about");
        }
    }
}
