package dev.tailrace.config;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The values of all settings; a wrong one names its key and stops the start. */
public record Settings(
        String host,
        int port,
        String managementHost,
        int managementPort,
        @Nullable String tlsCert,
        @Nullable String tlsKey,
        @Nullable String tlsClientCa,
        boolean tlsClientRequired,
        Duration tlsReloadInterval,
        boolean managementTls,
        int connections,
        int connectionsPerAddress,
        int handshakesPerAddress,
        Duration requestTimeout,
        Duration keepAlive,
        Duration bodyTimeout,
        int headerBytes,
        boolean http2Cleartext,
        int http2Streams,
        int http2Resets,
        boolean insecure,
        @Nullable String authAdminToken,
        @Nullable String authJwtSecret,
        @Nullable String authJwtKey,
        @Nullable URI authJwksUrl,
        List<String> authJwtAudience,
        List<String> authJwtIssuer,
        Duration authJwtLeeway,
        String authJwtClaim,
        @Nullable String authCertificateDevice,
        @Nullable URI authBalenaUrl,
        int authLogins,
        int authTickets,
        Set<String> hosts,
        List<String> allowedOrigins,
        @Nullable String redis,
        Duration redisTimeout,
        int ringCapacity,
        long ringBytes,
        Duration ringTtl,
        int eventLoops,
        int ingestWindowLines,
        int ingestWindowBytes,
        long ingestPendingBytes,
        int ingestLineBytes,
        int ingestFrameBytes,
        long ingestBodyBytes,
        long ingestDocumentBytes,
        long ingestDecoderBytes,
        Duration ingestRetry,
        int maxDevices,
        long deviceLines,
        long deviceBytes,
        long fleetLines,
        long fleetBytes,
        @Nullable Integer syslogPort,
        ZoneId syslogZone,
        boolean syslogInsecure,
        Duration syslogIdle,
        String otlpDevice,
        String lokiDevice,
        String lokiService,
        String lokiLevel,
        Duration streamHeartbeat,
        Duration streamStallLimit,
        Duration streamLifetime,
        int streamBytes,
        long streamPendingBytes,
        int streamsPerUser,
        int streamDevices,
        int followedDevices,
        int fleetDevices,
        Duration balenaProcessingInterval,
        boolean balenaApi,
        int socketReceiveBuffer,
        int socketSendBuffer,
        boolean readyWithoutStorage,
        Duration drainTime,
        Duration drainDelay) {

    /** Whether callers have to say who they are. */
    public boolean asksForCredentials() {
        return authAdminToken != null
                || authJwtSecret != null
                || authJwtKey != null
                || authJwksUrl != null
                || authCertificateDevice != null
                || authBalenaUrl != null;
    }

    /** A setting has a value that it cannot have. The message names option and variable. */
    public static final class InvalidSettingException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        InvalidSettingException(Setting setting, String why) {
            super("--" + setting.option() + " (" + setting.variable() + ") " + why);
        }
    }

    private static final int MIN_SECRET = 16;
    private static final int MIN_SIGNING_SECRET = 32;

    /** From the options given, then the process's environment, then the defaults. */
    public static Settings read(Map<Setting, String> options) {
        return read(options, System.getenv());
    }

    /** @throws InvalidSettingException when a value is wrong */
    static Settings read(Map<Setting, String> options, Map<String, String> environment) {
        Reader read = new Reader(options, environment);
        String host = read.text(Setting.HOST);
        String managementHost = read.orNull(Setting.MANAGEMENT_HOST);
        int loops = read.integer(Setting.EVENT_LOOPS, 0, 1024);
        long decoders = read.bytes(Setting.INGEST_DECODER_BYTES, 0, 1L << 40);
        long streamPending = read.bytes(Setting.STREAM_PENDING_BYTES, 0, 1L << 40);
        return new Settings(
                host,
                read.integer(Setting.PORT, 0, 65535),
                managementHost == null ? host : managementHost,
                read.integer(Setting.MANAGEMENT_PORT, 0, 65535),
                read.orNull(Setting.TLS_CERT),
                read.with(Setting.TLS_KEY, Setting.TLS_CERT),
                read.onlyWith(Setting.TLS_CLIENT_CA, Setting.TLS_CERT),
                read.oneOf(Setting.TLS_CLIENT_AUTH, "request", "required").equals("required"),
                read.duration(Setting.TLS_RELOAD_INTERVAL, Duration.ofMillis(10), Duration.ofDays(1)),
                read.flag(Setting.MANAGEMENT_TLS) && read.onlyWith(Setting.MANAGEMENT_TLS, Setting.TLS_CERT) != null,
                read.integer(Setting.CONNECTIONS, 1, 100_000_000),
                read.integer(Setting.CONNECTIONS_PER_ADDRESS, 0, 100_000_000),
                read.integer(Setting.HANDSHAKES_PER_ADDRESS, 0, 100_000_000),
                read.duration(Setting.REQUEST_TIMEOUT, Duration.ofMillis(100), Duration.ofHours(1)),
                read.duration(Setting.KEEP_ALIVE, Duration.ofMillis(100), Duration.ofDays(1)),
                read.duration(Setting.BODY_TIMEOUT, Duration.ofMillis(100), Duration.ofHours(1)),
                (int) read.bytes(Setting.HEADER_BYTES, 4096, 1 << 24),
                read.flag(Setting.HTTP2_CLEARTEXT),
                read.integer(Setting.HTTP2_STREAMS, 1, 10_000),
                read.integer(Setting.HTTP2_RESETS, 1, 1_000_000),
                read.flag(Setting.INSECURE),
                read.secret(Setting.AUTH_ADMIN_TOKEN, MIN_SECRET),
                read.secret(Setting.AUTH_JWT_SECRET, MIN_SIGNING_SECRET),
                read.file(Setting.AUTH_JWT_KEY),
                read.secureAddress(Setting.AUTH_JWKS_URL),
                read.list(Setting.AUTH_JWT_AUDIENCE, Setting.AUTH_JWT_KEY, Setting.AUTH_JWKS_URL),
                read.list(Setting.AUTH_JWT_ISSUER),
                read.duration(Setting.AUTH_JWT_LEEWAY, Duration.ZERO, Duration.ofMinutes(10)),
                read.text(Setting.AUTH_JWT_CLAIM),
                read.onlyWith(Setting.AUTH_CERTIFICATE_DEVICE, Setting.TLS_CLIENT_CA) == null
                        ? null
                        : read.oneOf(Setting.AUTH_CERTIFICATE_DEVICE, "cn", "san-dns", "san-uri"),
                read.secureAddress(Setting.AUTH_BALENA_URL),
                read.integer(Setting.AUTH_LOGINS, 1, 10_000),
                read.integer(Setting.AUTH_TICKETS, 1, 10_000),
                read.hosts(Setting.HOSTS),
                read.origins(Setting.ALLOWED_ORIGINS),
                read.orNull(Setting.REDIS),
                read.duration(Setting.REDIS_TIMEOUT, Duration.ofMillis(10), Duration.ofMinutes(1)),
                read.integer(Setting.RING_CAPACITY, 1, 1_000_000),
                read.bytes(Setting.RING_BYTES, 64 * 1024, 1L << 40),
                read.duration(Setting.RING_TTL, Duration.ofSeconds(1), Duration.ofDays(3650)),
                loops == 0 ? Runtime.getRuntime().availableProcessors() : loops,
                read.integer(Setting.INGEST_WINDOW_LINES, 1, 10_000_000),
                (int) read.bytes(Setting.INGEST_WINDOW_BYTES, 1, 1 << 30),
                read.bytes(Setting.INGEST_PENDING_BYTES, 1, 1L << 40),
                (int) read.bytes(Setting.INGEST_LINE_BYTES, 1024, 1 << 28),
                (int) read.bytes(Setting.INGEST_FRAME_BYTES, 1024, 1 << 28),
                read.bytes(Setting.INGEST_BODY_BYTES, 1024, 1L << 40),
                read.bytes(Setting.INGEST_DOCUMENT_BYTES, 1024, 1 << 30),
                decoders == 0 ? Runtime.getRuntime().maxMemory() / 2 : decoders,
                read.duration(Setting.INGEST_RETRY, Duration.ZERO, Duration.ofMinutes(1)),
                read.integer(Setting.MAX_DEVICES, 0, 100_000_000),
                read.integer(Setting.DEVICE_LINES, 0, 1_000_000_000),
                read.bytes(Setting.DEVICE_BYTES, 0, 1L << 40),
                read.integer(Setting.FLEET_LINES, 0, 1_000_000_000),
                read.bytes(Setting.FLEET_BYTES, 0, 1L << 40),
                read.orNull(Setting.SYSLOG_PORT) == null ? null : read.integer(Setting.SYSLOG_PORT, 0, 65535),
                read.zone(Setting.SYSLOG_ZONE),
                read.flag(Setting.SYSLOG_INSECURE),
                read.duration(Setting.SYSLOG_IDLE, Duration.ofMillis(100), Duration.ofDays(365)),
                read.text(Setting.OTLP_DEVICE),
                read.text(Setting.LOKI_DEVICE),
                read.text(Setting.LOKI_SERVICE),
                read.text(Setting.LOKI_LEVEL),
                read.duration(Setting.STREAM_HEARTBEAT, Duration.ofMillis(15), Duration.ofHours(1)),
                read.duration(Setting.STREAM_STALL_LIMIT, Duration.ofMillis(100), Duration.ofHours(1)),
                read.duration(Setting.STREAM_LIFETIME, Duration.ZERO, Duration.ofDays(365)),
                (int) read.bytes(Setting.STREAM_BYTES, 1024, 1 << 28),
                streamPending == 0 ? Runtime.getRuntime().maxMemory() / 4 : streamPending,
                read.integer(Setting.STREAMS_PER_USER, 1, 1_000_000),
                read.integer(Setting.STREAM_DEVICES, 1, 100_000),
                read.integer(Setting.FOLLOWED_DEVICES, 1, 100_000_000),
                read.integer(Setting.FLEET_DEVICES, 1, 10_000_000),
                read.duration(Setting.BALENA_PROCESSING_INTERVAL, Duration.ZERO, Duration.ofHours(1)),
                read.flag(Setting.BALENA_API),
                (int) read.bytes(Setting.SOCKET_RECEIVE_BUFFER, 1024, 1 << 28),
                (int) read.bytes(Setting.SOCKET_SEND_BUFFER, 1024, 1 << 28),
                read.flag(Setting.READY_WITHOUT_STORAGE),
                read.duration(Setting.DRAIN_TIME, Duration.ZERO, Duration.ofHours(1)),
                read.duration(Setting.DRAIN_DELAY, Duration.ZERO, Duration.ofHours(1)));
    }

    private record Reader(Map<Setting, String> options, Map<String, String> environment) {

        private static final Pattern ORIGIN = Pattern.compile("https?://([a-z0-9.-]+|\\[[0-9a-f:.]+])(:\\d{1,5})?");
        private static final Pattern HOST_NAME = Pattern.compile("[a-z0-9_-]+(\\.[a-z0-9_-]+)*");
        private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
        private static final Pattern BYTES = Pattern.compile("(\\d{1,12})(B|KiB|MiB|GiB)?");

        @Nullable
        String orNull(Setting setting) {
            String value = options.get(setting);
            if (value == null) {
                value = environment.get(setting.variable());
            }
            return value == null || value.isBlank() ? setting.absent() : value.trim();
        }

        String text(Setting setting) {
            String value = orNull(setting);
            if (value == null) {
                throw new InvalidSettingException(setting, "is missing");
            }
            return value;
        }

        /** Given if and only if the other one is. */
        @Nullable
        String with(Setting setting, Setting other) {
            if (orNull(setting) == null && orNull(other) != null) {
                throw new InvalidSettingException(setting, "must be given together with --" + other.option());
            }
            return onlyWith(setting, other);
        }

        @Nullable
        String onlyWith(Setting setting, Setting other) {
            String value = orNull(setting);
            if (value != null && orNull(other) == null) {
                throw new InvalidSettingException(setting, "must be given together with --" + other.option());
            }
            return value;
        }

        String oneOf(Setting setting, String... values) {
            String value = text(setting);
            if (!List.of(values).contains(value)) {
                throw new InvalidSettingException(setting, "must be " + String.join(" or ", values));
            }
            return value;
        }

        @Nullable
        String secret(Setting setting, int least) {
            String value = orNull(setting);
            if (value != null && value.getBytes(StandardCharsets.UTF_8).length < least) {
                throw new InvalidSettingException(
                        setting, "must have at least " + least + " bytes, or it could be guessed");
            }
            return value;
        }

        /** What a file holds, or null when none is named. */
        @Nullable
        String file(Setting setting) {
            String name = orNull(setting);
            try {
                return name == null ? null : Files.readString(Path.of(name));
            } catch (IOException | InvalidPathException unreadable) {
                throw new InvalidSettingException(setting, "names a file that cannot be read: " + name);
            }
        }

        @Nullable
        URI secureAddress(Setting setting) {
            String value = orNull(setting);
            if (value == null) {
                return null;
            }
            try {
                URI address = new URI(value);
                String host = address.getHost();
                boolean near = "127.0.0.1".equals(host) || "localhost".equals(host) || "[::1]".equals(host);
                if (host != null
                        && ("https".equals(address.getScheme()) || (near && "http".equals(address.getScheme())))) {
                    return address;
                }
            } catch (URISyntaxException wrong) {
                // told below
            }
            throw new InvalidSettingException(setting, "must be an https:// URL, or an http:// URL on loopback");
        }

        /** @param needing settings beside which the list must not be empty */
        List<String> list(Setting setting, Setting... needing) {
            String value = orNull(setting);
            for (Setting other : needing) {
                if (value == null && orNull(other) != null) {
                    throw new InvalidSettingException(
                            setting,
                            "is required with --" + other.option()
                                    + ", or tokens issued for other services would be accepted");
                }
            }
            return value == null
                    ? List.of()
                    : Stream.of(value.split(","))
                            .map(String::trim)
                            .filter(one -> !one.isEmpty())
                            .toList();
        }

        Set<String> hosts(Setting setting) {
            String value = orNull(setting);
            if (value == null) {
                return Set.of();
            }
            List<String> hosts = List.of(value.toLowerCase(Locale.ROOT).split(" *, *"));
            if (!hosts.stream().allMatch(host -> HOST_NAME.matcher(host).matches())) {
                throw new InvalidSettingException(
                        setting, "must be host names such as logs.example.com, without a scheme or a port");
            }
            return Set.copyOf(hosts);
        }

        List<String> origins(Setting setting) {
            String value = orNull(setting);
            if (value == null) {
                return List.of();
            }
            List<String> origins = List.of(value.toLowerCase(Locale.ROOT).split(" *, *"));
            if (!origins.stream().allMatch(origin -> ORIGIN.matcher(origin).matches())) {
                throw new InvalidSettingException(
                        setting, "must be origins such as https://ops.example.com:8443, without a path");
            }
            return origins;
        }

        boolean flag(Setting setting) {
            return switch (text(setting)) {
                case "true" -> true;
                case "false" -> false;
                default -> throw new InvalidSettingException(setting, "must be true or false");
            };
        }

        int integer(Setting setting, int min, int max) {
            try {
                int value = Integer.parseInt(text(setting));
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException notANumber) {
                // told below
            }
            throw new InvalidSettingException(setting, "must be an integer from " + min + " to " + max);
        }

        ZoneId zone(Setting setting) {
            try {
                return ZoneId.of(text(setting));
            } catch (DateTimeException unknown) {
                throw new InvalidSettingException(setting, "must be a time zone such as UTC or Europe/Berlin");
            }
        }

        Duration duration(Setting setting, Duration min, Duration max) {
            Matcher match = DURATION.matcher(text(setting));
            if (match.matches()) {
                long number = Long.parseLong(match.group(1));
                Duration value = switch (match.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                };
                if (value.compareTo(min) >= 0 && value.compareTo(max) <= 0) {
                    return value;
                }
            }
            throw new InvalidSettingException(
                    setting,
                    "must be a duration such as 500ms, 15s, 10m, 2h or 30d, from " + min.toMillis() + "ms to "
                            + max.toMillis() + "ms");
        }

        long bytes(Setting setting, long min, long max) {
            Matcher match = BYTES.matcher(text(setting));
            if (match.matches()) {
                String unit = match.group(2) == null ? "B" : match.group(2);
                long factor = switch (unit) {
                    case "KiB" -> 1L << 10;
                    case "MiB" -> 1L << 20;
                    case "GiB" -> 1L << 30;
                    default -> 1L;
                };
                long value = Long.parseLong(match.group(1)) * factor;
                if (value >= min && value <= max) {
                    return value;
                }
            }
            throw new InvalidSettingException(
                    setting, "must be bytes such as 4096, 64KiB or 1MiB, from " + min + " to " + max);
        }
    }
}
