package dev.tailrace.testing;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The Redis that ordinary tests share: the one that {@code TAILRACE_TEST_REDIS} names, else a container where there is Docker,
 * else a process. It is one per JVM and ends with it.
 *
 * <p>No test empties it, because it may hold somebody's data: tests use keys of their own.
 */
public final class TestRedis {
    private static @Nullable String url;

    private TestRedis() {}

    public static synchronized String url() {
        if (url == null) url = find();
        return url;
    }

    /** Sends one command on a connection of its own; see {@link RespClient#call}. */
    public static @Nullable Object command(String... command) {
        URI server = URI.create(url());
        try (RespClient client = new RespClient(server.getHost(), server.getPort() < 0 ? 6379 : server.getPort())) {
            String user = server.getUserInfo();
            if (user != null) client.call("AUTH", user.substring(user.indexOf(':') + 1));
            return client.call(command);
        }
    }

    private static String find() {
        String named = System.getenv("TAILRACE_TEST_REDIS");
        if (named != null && !named.isBlank()) return named;
        if (hasDocker()) return RedisContainer.start();
        RedisProcess process = RedisProcess.start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::close, "test-redis-closer"));
        return process.url();
    }

    private static boolean hasDocker() {
        return System.getenv("DOCKER_HOST") != null || Files.exists(Path.of("/var/run/docker.sock"));
    }
}
