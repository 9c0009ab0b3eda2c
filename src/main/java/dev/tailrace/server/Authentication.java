package dev.tailrace.server;

import dev.tailrace.auth.AdminToken;
import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.KeyAuthenticator;
import dev.tailrace.auth.Keys;
import dev.tailrace.config.Settings;
import java.util.ArrayList;
import java.util.List;

/** Chooses by the settings who tells who calls. */
final class Authentication {

    private Authentication() {}

    /** For one event loop; none where no credentials are configured. */
    static List<Authenticator> of(Settings settings, Keys keys) {
        if (!settings.asksForCredentials()) {
            return List.of();
        }
        List<Authenticator> authenticators = new ArrayList<>();
        String admin = settings.authAdminToken();
        if (admin != null) {
            authenticators.add(new AdminToken(admin));
        }
        authenticators.add(new KeyAuthenticator(keys, Fleets.NONE));
        return authenticators;
    }
}
