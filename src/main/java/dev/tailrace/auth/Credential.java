package dev.tailrace.auth;

import dev.tailrace.http.LastEventId;
import dev.tailrace.model.PeerNetwork;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * A credential of a request.
 *
 * @param kind where the request has it
 * @param text the token, ticket or cookie; empty for a certificate
 * @param chain certificates of the TLS peer, its own first; empty for the other kinds
 * @param address of the peer; empty if unknown
 * @param stream the requested stream, as {@link StreamAddress} writes it; empty unless it is a ticket
 */
public record Credential(Kind kind, String text, List<X509Certificate> chain, String address, String stream) {

    /** The name of the cookie of a login. */
    public static final String COOKIE = "tailrace";

    /** The same over TLS: browsers accept a cookie of this name only from this host, not from a sibling or parent domain. */
    public static final String HOST_COOKIE = "__Host-" + COOKIE;

    /** Cookies of one request that are looked up; a page on a sibling domain may have added some. */
    private static final int MAX_COOKIES = 4;

    /** Where a request has its credential. */
    public enum Kind {
        /** In the Authorization header: Bearer or ApiKey (RFC 6750), or the password of Basic (RFC 7617). */
        TOKEN,
        /** In the query, usable once. */
        TICKET,
        COOKIE,
        CERTIFICATE
    }

    /** A token, ticket or cookie of an unknown address. */
    Credential(Kind kind, String text) {
        this(kind, text, List.of(), "", "");
    }

    /** A token of a request from this address. */
    static Credential token(String token, String address) {
        return new Credential(Kind.TOKEN, token, List.of(), address, "");
    }

    /**
     * The credentials of the first {@link Kind} that the request has. They are tried in this order; only cookies can be more than
     * one.
     *
     * @param keyInQuery whether {@code apikey} in the query counts, as balena's clients send it
     */
    static List<Credential> of(HttpServerRequest request, boolean keyInQuery) {
        String address = addressOf(request);
        String header = request.getHeader("Authorization");
        if (header != null) {
            return List.of(token(tokenIn(header), address));
        }
        String key = keyInQuery ? request.getParam("apikey") : null;
        if (key != null) {
            return List.of(token(key, address));
        }
        String ticket = request.getParam("ticket");
        if (ticket != null) {
            // A reader that reconnects repeats the URL of its first request, whose ticket is used up.
            String next = NextTicket.ticketIn(LastEventId.of(request));
            return List.of(new Credential(
                    Kind.TICKET, next == null ? ticket : next, List.of(), address, StreamAddress.of(request)));
        }
        List<String> cookies = cookies(request);
        if (!cookies.isEmpty()) {
            return cookies.stream()
                    .map(cookie -> new Credential(Kind.COOKIE, cookie, List.of(), address, ""))
                    .toList();
        }
        List<X509Certificate> chain = chain(request);
        return chain.isEmpty() ? List.of() : List.of(new Credential(Kind.CERTIFICATE, "", chain, address, ""));
    }

    /**
     * The cookies that can be a login's; cookies that only this host can have set come first. The header is read here, because
     * Vert.x keeps only one cookie of each name.
     */
    public static List<String> cookies(HttpServerRequest request) {
        List<String> ofHostOnly = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (String header : request.headers().getAll("Cookie")) {
            for (String pair : header.split(";")) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? "" : pair.substring(0, equals).trim();
                String value = pair.substring(equals + 1).trim();
                if (name.equals(HOST_COOKIE)) {
                    ofHostOnly.add(value);
                } else if (name.equals(COOKIE)) {
                    others.add(value);
                }
            }
        }
        ofHostOnly.addAll(others);
        List<String> shaped =
                ofHostOnly.stream().filter(Logins::isShaped).distinct().toList();
        return shaped.isEmpty() && !ofHostOnly.isEmpty()
                ? List.of("") // matches no login
                : shaped.subList(0, Math.min(shaped.size(), MAX_COOKIES));
    }

    private static String addressOf(HttpServerRequest request) {
        SocketAddress peer = request.remoteAddress();
        return peer == null ? "" : PeerNetwork.ofLiteral(peer.hostAddress());
    }

    /** Empty, which no authenticator accepts, when the scheme is unknown. */
    private static String tokenIn(String header) {
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

    private static List<X509Certificate> chain(HttpServerRequest request) {
        if (!request.isSSL()) {
            return List.of();
        }
        try {
            return request.connection().peerCertificates().stream()
                    .filter(X509Certificate.class::isInstance)
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (SSLPeerUnverifiedException none) {
            return List.of(); // a caller without a certificate
        }
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return kind.toString();
    }
}
