package dev.tailrace.config;

import java.net.URI;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Credentials that callers show, and the host names and origins that are accepted. */
public record AuthSettings(
        boolean insecure,
        @Nullable String adminToken,
        JwtSettings jwt,
        @Nullable String certificateDevice,
        @Nullable URI balenaUrl,
        int logins,
        int tickets,
        Set<String> hosts,
        List<String> allowedOrigins) {

    private static final int MIN_SECRET_BYTES = 16;

    static AuthSettings read(SettingReader read) {
        return new AuthSettings(
                read.flag(Setting.INSECURE),
                read.secret(Setting.AUTH_ADMIN_TOKEN, MIN_SECRET_BYTES),
                JwtSettings.read(read),
                read.onlyWith(Setting.AUTH_CERTIFICATE_DEVICE, Setting.TLS_CLIENT_CA) == null
                        ? null
                        : read.oneOf(Setting.AUTH_CERTIFICATE_DEVICE, "cn", "san-dns", "san-uri"),
                read.secureAddress(Setting.AUTH_BALENA_URL),
                read.integer(Setting.AUTH_LOGINS, 1, 10_000),
                read.integer(Setting.AUTH_TICKETS, 1, 10_000),
                read.hosts(Setting.HOSTS),
                read.origins(Setting.ALLOWED_ORIGINS));
    }

    /** Whether callers must show credentials. */
    public boolean asksForCredentials() {
        return adminToken != null || jwt.isConfigured() || certificateDevice != null || balenaUrl != null;
    }
}
