package dev.tailrace.storage.redis.link;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The URL of a Redis: {@code redis://[user][:password@]host[:port][,host[:port]…][/db][?…]}, or {@code rediss://} for
 * TLS.
 *
 * @param tls whether connections are encrypted
 * @param verify whether the server's certificate is checked ({@code verify=false} turns that off)
 * @param ca a PEM file of authorities to trust instead of the system's ({@code ca=}), or absent
 * @param user the ACL user, or absent for the default one
 * @param password absent when Redis needs none
 * @param hosts where to ask first; at least one
 * @param database 0 in a cluster
 * @param mode what kind of Redis the hosts are ({@code mode=}), or absent to detect it
 * @param master the master's name at the sentinels ({@code master=}), or absent when they watch only one
 * @param sentinelPassword the sentinels' own password ({@code sentinelPassword=}), or absent
 */
public record RedisUri(
        boolean tls,
        boolean verify,
        @Nullable String ca,
        @Nullable String user,
        @Nullable String password,
        List<RedisAddress> hosts,
        int database,
        @Nullable Mode mode,
        @Nullable String master,
        @Nullable String sentinelPassword) {

    private static final int DEFAULT_PORT = 6379;
    private static final int DEFAULT_SENTINEL_PORT = 26379;
    private static final Set<String> PARAMETERS = Set.of("master", "mode", "sentinelPassword", "verify", "ca");

    /** The kinds of Redis: how many servers there are, and which of them know the others. */
    public enum Mode {
        STANDALONE,
        SENTINEL,
        CLUSTER
    }

    /**
     * Parses a URL.
     *
     * @throws IllegalArgumentException whose message names the mistake, and never the password
     */
    public static RedisUri parse(String url) {
        boolean tls = url.startsWith("rediss://");
        if (!tls && !url.startsWith("redis://")) {
            throw wrong("it must begin with redis:// or rediss://");
        }
        String rest = url.substring(url.indexOf("//") + 2);
        int question = rest.indexOf('?');
        Map<String, String> parameters = parameters(question < 0 ? "" : rest.substring(question + 1));
        String beforeQuery = question < 0 ? rest : rest.substring(0, question);

        int at = beforeQuery.lastIndexOf('@');
        String userInfo = at < 0 ? "" : beforeQuery.substring(0, at);
        String place = beforeQuery.substring(at + 1);
        int slash = place.indexOf('/');
        Mode mode = mode(parameters);
        boolean sentinels = mode == Mode.SENTINEL || (mode == null && parameters.containsKey("master"));
        int colon = userInfo.indexOf(':');
        RedisUri uri = new RedisUri(
                tls,
                verify(parameters, tls),
                parameters.get("ca"),
                orNull(decode(colon < 0 ? userInfo : userInfo.substring(0, colon), "the user")),
                orNull(colon < 0 ? "" : decode(userInfo.substring(colon + 1), "the password")),
                hosts(slash < 0 ? place : place.substring(0, slash), sentinels ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT),
                database(slash < 0 ? "" : place.substring(slash + 1)),
                mode,
                parameters.get("master"),
                parameters.get("sentinelPassword"));
        uri.check();
        return uri;
    }

    private void check() {
        if (user != null && password == null) {
            throw wrong("a user needs a password (user:password@, or :password@ without a user)");
        }
        if (!tls && ca != null) {
            throw wrong("ca= is for rediss:// only");
        }
        if (mode == Mode.CLUSTER && database != 0) {
            throw wrong("a cluster only has database 0");
        }
        if (master != null && mode != null && mode != Mode.SENTINEL) {
            throw wrong("master= is for mode=sentinel only");
        }
    }

    /** Whether the hosts are expected to be sentinels, which have a password of their own. */
    boolean expectsSentinels() {
        return mode == Mode.SENTINEL || master != null || sentinelPassword != null;
    }

    private static List<RedisAddress> hosts(String text, int defaultPort) {
        List<RedisAddress> hosts = new ArrayList<>();
        for (String one : text.split(",", -1)) {
            hosts.add(host(one, defaultPort));
        }
        return List.copyOf(hosts);
    }

    private static RedisAddress host(String text, int defaultPort) {
        int bracket = text.lastIndexOf(']');
        int colon = text.indexOf(':', Math.max(bracket, 0));
        String host = colon < 0 ? text : text.substring(0, colon);
        if (bracket > 0 && host.startsWith("[")) {
            host = host.substring(1, bracket);
        }
        if (host.isEmpty()) {
            throw wrong("a host is missing");
        }
        return new RedisAddress(host, colon < 0 ? defaultPort : port(text.substring(colon + 1)));
    }

    private static int port(String text) {
        int port = number(text);
        if (port < 1 || port > 65535) {
            // Not quoted in the error: without its @ a password would be in the place of the port.
            throw wrong("a port must be a number from 1 to 65535");
        }
        return port;
    }

    private static int database(String text) {
        int database = text.isEmpty() ? 0 : number(text);
        if (database < 0) {
            throw wrong("the database after the / must be a number");
        }
        return database;
    }

    /** A number of at most nine digits, or -1. */
    private static int number(String text) {
        return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
    }

    private static @Nullable Mode mode(Map<String, String> parameters) {
        String text = parameters.get("mode");
        if (text == null) {
            return null;
        }
        for (Mode mode : Mode.values()) {
            if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
                return mode;
            }
        }
        throw wrong("mode= must be standalone, sentinel or cluster");
    }

    private static boolean verify(Map<String, String> parameters, boolean tls) {
        String text = parameters.get("verify");
        if (text == null || text.equals("true")) {
            return true;
        }
        if (!tls || !text.equals("false")) {
            throw wrong("verify= must be true or false, and is for rediss:// only");
        }
        return false;
    }

    private static Map<String, String> parameters(String query) {
        Map<String, String> parameters = new HashMap<>();
        for (String part : query.split("&")) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? part : part.substring(0, equals);
            if (part.isEmpty()) {
                continue;
            }
            if (!PARAMETERS.contains(name) || equals < 0) {
                throw wrong("unknown parameter; there are master=, mode=, sentinelPassword=, verify=, ca=");
            }
            parameters.put(name, decode(part.substring(equals + 1), name));
        }
        return parameters;
    }

    private static String decode(String text, String what) {
        try {
            // A plus is not a space here; only forms write a space so.
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw wrong(what + " has a % that is not followed by two hexadecimal digits");
        }
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    private static IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("Redis URL: " + what);
    }

    /** The URL as it may be printed: without passwords. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(tls ? "rediss://" : "redis://");
        if (password != null) {
            text.append(user == null ? "" : user).append(":***@");
        }
        text.append(String.join(",", hosts.stream().map(RedisAddress::toString).toList()));
        return text.append(database == 0 ? "" : "/" + database)
                .append(master == null ? "" : "?master=" + master)
                .toString();
    }
}
