package dev.tailrace.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON Web Tokens that are accepted. */
public record JwtSettings(
        @Nullable String secret,
        @Nullable String key,
        @Nullable URI keySet,
        List<String> audiences,
        List<String> issuers,
        Duration leeway,
        String claim) {

    private static final int MIN_SECRET_BYTES = 32;

    static JwtSettings read(SettingReader read) {
        return new JwtSettings(
                read.secret(Setting.AUTH_JWT_SECRET, MIN_SECRET_BYTES),
                read.file(Setting.AUTH_JWT_KEY),
                read.secureAddress(Setting.AUTH_JWKS_URL),
                read.list(Setting.AUTH_JWT_AUDIENCE, Setting.AUTH_JWT_KEY, Setting.AUTH_JWKS_URL),
                read.list(Setting.AUTH_JWT_ISSUER),
                read.duration(Setting.AUTH_JWT_LEEWAY, Duration.ZERO, Duration.ofMinutes(10)),
                read.text(Setting.AUTH_JWT_CLAIM));
    }

    /** Whether any token is accepted. */
    public boolean isConfigured() {
        return secret != null || key != null || keySet != null;
    }
}
