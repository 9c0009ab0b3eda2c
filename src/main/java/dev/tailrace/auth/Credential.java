package dev.tailrace.auth;

import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * What a request shows to say who sends it.
 *
 * @param kind where it was shown
 * @param text the token, ticket or cookie; empty for a certificate
 * @param certificate of the TLS connection, or null
 */
public record Credential(Kind kind, String text, @Nullable X509Certificate certificate) {

    /** The cookie of people who logged in. */
    public static final String COOKIE = "tailrace";

    /** Where a credential is shown. */
    public enum Kind {
        /** In the Authorization header: Bearer or ApiKey (RFC 6750), or the password of Basic (RFC 7617). */
        TOKEN,
        /** In the query, usable once. */
        TICKET,
        COOKIE,
        CERTIFICATE
    }

    /**
     * The first that the request shows, in the order of {@link Kind}; null when it shows none.
     *
     * @param keyInQuery whether {@code apikey} in the query counts, which balena's clients send
     */
    static @Nullable Credential of(HttpServerRequest request, boolean keyInQuery) {
        String header = request.getHeader("Authorization");
        if (header != null) {
            return new Credential(Kind.TOKEN, token(header), null);
        }
        String key = keyInQuery ? request.getParam("apikey") : null;
        if (key != null) {
            return new Credential(Kind.TOKEN, key, null);
        }
        String ticket = request.getParam("ticket");
        if (ticket != null) {
            // A reader that comes again repeats the address of its first request, whose ticket is used.
            String next = NextTicket.ticketIn(request.getHeader("Last-Event-ID"));
            return new Credential(Kind.TICKET, next == null ? ticket : next, null);
        }
        Cookie cookie = request.headers().contains("Cookie") ? request.getCookie(COOKIE) : null;
        if (cookie != null) {
            return new Credential(Kind.COOKIE, cookie.getValue(), null);
        }
        X509Certificate certificate = certificate(request);
        return certificate == null ? null : new Credential(Kind.CERTIFICATE, "", certificate);
    }

    /** Empty, which no authenticator knows, when the header is of no scheme that is known here. */
    private static String token(String header) {
        String[] parts = header.trim().split(" +", 2);
        String rest = parts.length < 2 ? "" : parts[1];
        return switch (parts[0].toLowerCase(java.util.Locale.ROOT)) {
            case "bearer", "apikey" -> rest;
            case "basic" -> password(rest);
            default -> "";
        };
    }

    private static String password(String encoded) {
        try {
            String pair = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
            return pair.substring(pair.indexOf(':') + 1);
        } catch (IllegalArgumentException notBase64) {
            return "";
        }
    }

    private static @Nullable X509Certificate certificate(HttpServerRequest request) {
        if (!request.isSSL()) {
            return null;
        }
        try {
            for (Certificate one : request.connection().peerCertificates()) {
                return one instanceof X509Certificate certificate ? certificate : null;
            }
        } catch (SSLPeerUnverifiedException none) {
            // a caller without a certificate
        }
        return null;
    }

    /** Without what is secret. */
    @Override
    public String toString() {
        return kind.toString();
    }
}
