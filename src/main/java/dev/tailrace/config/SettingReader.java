package dev.tailrace.config;

import dev.tailrace.config.Settings.InvalidSettingException;
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

/**
 * Reads and checks the text of settings. Every method throws {@link InvalidSettingException} for a wrong value.
 *
 * @param options as given on the command line
 * @param environment used for settings without an option
 */
record SettingReader(Map<Setting, String> options, Map<String, String> environment) {

    private static final Pattern ORIGIN = Pattern.compile("https?://([a-z0-9.-]+|\\[[0-9a-f:.]+])(:\\d{1,5})?");
    private static final Pattern HOST_NAME = Pattern.compile("[a-z0-9_-]+(\\.[a-z0-9_-]+)*");
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

    /** A setting that must be given if and only if the other one is. */
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

    /** The content of a file, or null without a file. */
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
            boolean isLoopback = "127.0.0.1".equals(host) || "localhost".equals(host) || "[::1]".equals(host);
            if (host != null
                    && ("https".equals(address.getScheme()) || (isLoopback && "http".equals(address.getScheme())))) {
                return address;
            }
        } catch (URISyntaxException wrong) {
            // reported below
        }
        throw new InvalidSettingException(setting, "must be an https:// URL, or an http:// URL on loopback");
    }

    /** @param needing if one of these is set, the list must not be empty */
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
            // reported below
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
        String text = text(setting);
        if (Durations.matches(text)) {
            Duration value = Durations.parse(text);
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
