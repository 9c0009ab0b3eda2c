package dev.tailrace.auth;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The host names under which a port without credentials may be requested. The owner of any other name could point it at the port (DNS
 * rebinding), and a browser would treat the owner's page as the port's own. This includes names without a dot, which belong to
 * the answerer of a network's LLMNR or its DNS search domain.
 */
public final class HostNames {

    private static final Pattern LOOPBACK =
            Pattern.compile("(.*\\.)?localhost|127(\\.\\d{1,3}){3}|::1|0:0:0:0:0:0:0:1");

    /** Addresses, for which no resolver is asked. */
    private static final Pattern ADDRESS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*");

    private final Set<String> names;
    private final boolean anyAddress;

    private HostNames(Set<String> names, boolean anyAddress) {
        this.names = Set.copyOf(names);
        this.anyAddress = anyAddress;
    }

    /** The names of loopback, and these. */
    public static HostNames ofOwnMachine(String host, Collection<String> more) {
        return new HostNames(Set.of(host.toLowerCase(Locale.ROOT)), false).and(more);
    }

    /** The names of loopback, these, and all addresses, because probes and scrapers use the address of a pod. */
    public static HostNames orAddresses(Collection<String> more) {
        return new HostNames(Set.of(), true).and(more);
    }

    /** These as well. */
    HostNames and(Collection<String> more) {
        Set<String> all = new HashSet<>(names);
        more.forEach(name -> all.add(name.toLowerCase(Locale.ROOT)));
        return new HostNames(all, anyAddress);
    }

    /** Whether a request names one of them as its host, or no host; browsers always name one. */
    public boolean include(HttpServerRequest request) {
        HostAndPort authority = request.authority();
        if (authority == null) {
            return !request.headers().contains(HttpHeaders.HOST);
        }
        return include(authority.host());
    }

    /** Whether this is one of them; an IPv6 address may have brackets. */
    public boolean include(String host) {
        String name = withoutBrackets(host.toLowerCase(Locale.ROOT));
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        return LOOPBACK.matcher(name).matches()
                || (anyAddress && ADDRESS.matcher(name).matches())
                || names.contains(name);
    }

    static String withoutBrackets(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }
}
