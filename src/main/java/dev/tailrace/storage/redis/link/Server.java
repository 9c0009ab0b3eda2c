package dev.tailrace.storage.redis.link;

import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;

/**
 * What one Redis server reports about itself when a connection opens.
 *
 * @param runId names this process; another one after every restart
 * @param master whether it takes writes
 */
public record Server(RedisAddress address, RedisUri.Mode mode, String version, String runId, boolean master) {

    private static final int MIN_MAJOR = 7;

    static Server of(RedisAddress address, Response info) {
        String text = info.toString(StandardCharsets.UTF_8);
        RedisUri.Mode mode = switch (field(text, "redis_mode")) {
            case "cluster" -> RedisUri.Mode.CLUSTER;
            case "sentinel" -> RedisUri.Mode.SENTINEL;
            default -> RedisUri.Mode.STANDALONE;
        };
        String version = field(text, "redis_version");
        return new Server(
                address,
                mode,
                version,
                field(text, "run_id"),
                field(text, "role").equals("master"));
    }

    /** Sharded channels, which carry announcements, exist from Redis 7 on. */
    void requireVersion() {
        String major = version.substring(0, Math.max(0, version.indexOf('.')));
        if (!major.matches("[0-9]{1,4}") || Integer.parseInt(major) < MIN_MAJOR) {
            throw new RedisRefusedException(
                    "Redis " + MIN_MAJOR + " or later is needed, but " + address + " runs " + version);
        }
    }

    private static String field(String info, String name) {
        int at = info.startsWith(name + ":") ? 0 : info.indexOf("\n" + name + ":") + 1;
        if (at == 0 && !info.startsWith(name + ":")) {
            return "";
        }
        int end = info.indexOf('\r', at);
        return info.substring(at + name.length() + 1, end < 0 ? info.length() : end);
    }
}
