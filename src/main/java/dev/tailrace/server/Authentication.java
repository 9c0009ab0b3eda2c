package dev.tailrace.server;

import dev.tailrace.auth.AdminToken;
import dev.tailrace.auth.Authenticator;
import dev.tailrace.config.Settings;
import java.util.ArrayList;
import java.util.List;

/** Chooses by the settings who tells who calls. */
final class Authentication {

    private Authentication() {}

    /** For one event loop; none where no credentials are configured. */
    static List<Authenticator> of(Settings settings) {
        List<Authenticator> authenticators = new ArrayList<>();
        String admin = settings.authAdminToken();
        if (admin != null) {
            authenticators.add(new AdminToken(admin));
        }
        return authenticators;
    }
}
