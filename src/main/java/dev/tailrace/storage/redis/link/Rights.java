package dev.tailrace.storage.redis.link;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commands that the servers refuse to the broker's user, as of the last check of each server. Used by all event
 * loops, which check each server when they connect, and again after it has refused something.
 */
public final class Rights {

    public static final Script SCRIPT = Script.of("rights", Script.read(Rights.class, "rights"));

    private static final Logger log = LoggerFactory.getLogger(Rights.class);

    private static final Pattern REFUSED = Pattern.compile("'([a-z|-]+)' command");

    /** Servers that refuse something. Guarded by this. */
    private final Map<String, List<String>> refused = new TreeMap<>();

    /** Logs what has changed, once for all event loops. */
    synchronized void found(RedisAddress server, List<String> commands) {
        String name = server.toString();
        List<String> before = refused.getOrDefault(name, List.of());
        if (before.equals(commands)) {
            return;
        }
        if (commands.isEmpty()) {
            refused.remove(name);
            log.info("Redis at {} allows its user all commands that are needed", name);
        } else {
            refused.put(name, List.copyOf(commands));
            log.error("{}", sentence(name, commands));
        }
    }

    /** The server is not used any more. */
    synchronized void forget(RedisAddress server) {
        refused.remove(server.toString());
    }

    /** Why this server's rings must not be changed now; null when nothing is refused, as far as is known. */
    synchronized @Nullable String refusal(RedisAddress server) {
        List<String> commands = refused.get(server.toString());
        return commands == null ? null : sentence(server.toString(), commands);
    }

    /** As above, for all servers. */
    public synchronized @Nullable String refusal() {
        return refused.isEmpty()
                ? null
                : refused.entrySet().stream()
                        .map(one -> sentence(one.getKey(), one.getValue()))
                        .collect(Collectors.joining("; "));
    }

    private static String sentence(String server, List<String> commands) {
        return "Redis at " + server + " refuses its user " + String.join(", ", commands)
                + "; docs/OPERATIONS.md has the ACL that is needed";
    }

    /** The command that an error with the code NOPERM names; null when it names none. */
    static @Nullable String commandIn(RedisError error) {
        Matcher named = REFUSED.matcher(error.message());
        return named.find() ? named.group(1) : null;
    }
}
