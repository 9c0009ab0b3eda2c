package dev.tailrace.client;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * The URL of a broker.
 *
 * @param base scheme, host, port and perhaps the path that a reverse proxy adds; no slash at its end
 */
public record BrokerUrl(String base) {

    /** The option of every command that calls a broker. */
    public static final class Choice {
        @Option(
                names = "--url",
                paramLabel = "URL",
                converter = Converter.class,
                defaultValue = "${env:TAILRACE_URL:-http://127.0.0.1:8080}",
                description = "URL of the broker (TAILRACE_URL; default http://127.0.0.1:8080)")
        public BrokerUrl url = new BrokerUrl("http://127.0.0.1:8080");

        @Option(
                names = "--ca",
                paramLabel = "FILE",
                defaultValue = "${env:TAILRACE_CA}",
                description =
                        "PEM file with the certificate authorities to trust for https:// (TAILRACE_CA; default: those of the JVM)")
        @Nullable
        public Path authorities;

        /** @throws IOException when the authorities cannot be read */
        public HttpClient client() throws IOException {
            return Http.client(authorities);
        }
    }

    /** @throws IllegalArgumentException with a message for the caller */
    static BrokerUrl parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException wrong) {
            throw new IllegalArgumentException("not a URL: " + text);
        }
        boolean http = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
        if (!http || uri.getHost() == null) {
            throw new IllegalArgumentException("the URL of a broker must be http(s)://HOST[:PORT][/PATH], not " + text);
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null || uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("the URL of a broker must not have a user, query or fragment");
        }
        return new BrokerUrl(text.replaceAll("/+$", ""));
    }

    /** The URL of a call. */
    public URI http(String path, Query query) {
        return URI.create(base + path + query);
    }

    /** The URL of a WebSocket: ws for http, wss for https. */
    public URI webSocket(String path, Query query) {
        return URI.create("ws" + base.substring("http".length()) + path + query);
    }

    /** The origin of the broker's pages, as browsers send it. */
    public String origin() {
        URI uri = URI.create(base);
        int port = uri.getPort();
        boolean usual = port < 0 || port == (isTls() ? 443 : 80);
        String name = uri.getScheme() + "://" + uri.getHost();
        return (usual ? name : name + ":" + port).toLowerCase(Locale.ROOT);
    }

    public boolean isTls() {
        return base.regionMatches(true, 0, "https:", 0, "https:".length());
    }

    @Override
    public String toString() {
        return base;
    }

    public static final class Converter implements ITypeConverter<BrokerUrl> {
        @Override
        public BrokerUrl convert(String value) {
            try {
                return parse(value);
            } catch (IllegalArgumentException wrong) {
                throw new TypeConversionException(wrong.getMessage());
            }
        }
    }
}
