package dev.tailrace.perf;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A contender's server while it runs.
 *
 * @param managementUrl of a server that reports whether it is ready
 * @param options of the load command that this server needs
 * @param redisPort where its Redis listens, if it has one
 * @param syslogPort where it receives syslog, if it does
 */
record Running(
        ServerUnderTest contender,
        String url,
        @Nullable String managementUrl,
        List<String> options,
        ServerProcess server,
        @Nullable ServerProcess redis,
        int redisPort,
        int syslogPort)
        implements AutoCloseable {

    /** The options of the load command that name the server and its protocol. */
    List<String> loadOptions() {
        List<String> all = new ArrayList<>(List.of("--url", url, "--server-pid", Long.toString(server.pid())));
        if (redis != null) {
            all.addAll(List.of("--redis-pid", Long.toString(redis.pid())));
        }
        all.addAll(options);
        return all;
    }

    @Override
    public void close() {
        server.close();
        if (redis != null) {
            redis.close();
        }
    }
}
