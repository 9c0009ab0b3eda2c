package dev.tailrace.auth.provider;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which JSON Web Tokens are accepted (RFC 7519).
 *
 * @param secret of tokens signed with HS256, or null
 * @param publicKey of tokens signed with RS256, ES256 or EdDSA, in PEM, or null
 * @param keySet URL of the key set of an identity provider (RFC 7517), or null
 * @param audiences one of which a token must name; empty for any
 * @param issuers one of which a token must name; empty for any
 * @param leeway tolerated difference between clocks
 * @param claim that lists the grants of the bearer
 */
public record JwtOptions(
        @Nullable String secret,
        @Nullable String publicKey,
        @Nullable URI keySet,
        List<String> audiences,
        List<String> issuers,
        Duration leeway,
        String claim) {}
