package dev.tailrace.server;

import dev.tailrace.auth.AdminToken;
import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.KeyAuthenticator;
import dev.tailrace.auth.Keys;
import dev.tailrace.auth.provider.BalenaAccess;
import dev.tailrace.auth.provider.BalenaAuthenticator;
import dev.tailrace.auth.provider.CertificateAuthenticator;
import dev.tailrace.auth.provider.CertificateName;
import dev.tailrace.auth.provider.JwtAuthenticator;
import dev.tailrace.auth.provider.JwtOptions;
import dev.tailrace.config.JwtSettings;
import dev.tailrace.config.Settings;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;

/** Builds the authenticators that the settings ask for. */
final class Authenticators {

    private Authenticators() {}

    /**
     * The authenticators of tokens and certificates, for one event loop; none if no credentials are configured.
     *
     * @param fleets for identities with permissions over a fleet
     * @param more tried before those of the settings
     */
    static List<Authenticator> of(
            Vertx vertx, Settings settings, Keys keys, Fleets fleets, Function<Fleets, List<Authenticator>> more) {
        List<Authenticator> authenticators = new ArrayList<>(more.apply(fleets));
        if (!settings.auth().asksForCredentials()) {
            return authenticators;
        }
        String admin = settings.auth().adminToken();
        if (admin != null) {
            authenticators.add(new AdminToken(admin));
        }
        authenticators.add(new KeyAuthenticator(keys, fleets));
        boolean takesJwt = settings.auth().jwt().isConfigured();
        if (takesJwt) {
            authenticators.add(
                    new JwtAuthenticator(vertx, options(settings.auth().jwt()), fleets));
        }
        String named = settings.auth().certificateDevice();
        if (named != null) {
            authenticators.add(new CertificateAuthenticator(
                    CertificateName.valueOf(named.toUpperCase(Locale.ROOT).replace('-', '_'))));
        }
        URI balena = settings.auth().balenaUrl();
        if (balena != null) { // last, because it accepts tokens that no other one knows
            authenticators.add(new BalenaAuthenticator(new BalenaAccess(vertx, balena), !takesJwt));
        }
        return authenticators;
    }

    private static JwtOptions options(JwtSettings jwt) {
        return new JwtOptions(
                jwt.secret(), jwt.key(), jwt.keySet(), jwt.audiences(), jwt.issuers(), jwt.leeway(), jwt.claim());
    }

    /** Adds the authenticators for session cookies and tickets; returns an empty list if there are no others. */
    static List<Authenticator> withSessions(List<Authenticator> tokens, Authenticator... browsers) {
        return tokens.isEmpty()
                ? tokens
                : Stream.concat(tokens.stream(), Stream.of(browsers)).toList();
    }
}
