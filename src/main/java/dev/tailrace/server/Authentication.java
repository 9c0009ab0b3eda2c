package dev.tailrace.server;

import dev.tailrace.auth.AdminToken;
import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.JwtAuthenticator;
import dev.tailrace.auth.JwtOptions;
import dev.tailrace.auth.KeyAuthenticator;
import dev.tailrace.auth.Keys;
import dev.tailrace.config.Settings;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;

/** Chooses by the settings who tells who calls. */
final class Authentication {

    private Authentication() {}

    /** For one event loop; none where no credentials are configured. */
    static List<Authenticator> of(Vertx vertx, Settings settings, Keys keys) {
        if (!settings.asksForCredentials()) {
            return List.of();
        }
        List<Authenticator> authenticators = new ArrayList<>();
        String admin = settings.authAdminToken();
        if (admin != null) {
            authenticators.add(new AdminToken(admin));
        }
        authenticators.add(new KeyAuthenticator(keys, Fleets.NONE));
        JwtOptions tokens = tokens(settings);
        if (tokens.isAnyGood()) {
            authenticators.add(new JwtAuthenticator(vertx, tokens, Fleets.NONE));
        }
        return authenticators;
    }

    private static JwtOptions tokens(Settings settings) {
        return new JwtOptions(
                settings.authJwtSecret(),
                settings.authJwtKey(),
                settings.authJwksUrl(),
                settings.authJwtAudience(),
                settings.authJwtIssuer(),
                settings.authJwtLeeway(),
                settings.authJwtClaim());
    }
}
