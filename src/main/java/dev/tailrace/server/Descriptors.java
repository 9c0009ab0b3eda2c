package dev.tailrace.server;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.tailrace.config.Setting;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** The file descriptors of the process; each connection needs one. */
final class Descriptors {

    private static final Logger log = LoggerFactory.getLogger(Descriptors.class);

    /**
     * Reserved: for the management port, and as many again for reconnects to Redis, files that are read, and connections that are
     * accepted only to be closed.
     */
    private static final int RESERVED = 2 * Acceptor.MANAGEMENT_CONNECTIONS;

    /** The minimum, which is tried even if there seem to be fewer descriptors. */
    private static final int MIN_CONNECTIONS = 16;

    private Descriptors() {}

    /**
     * The number of connections of clients and syslog for which there are descriptors, after everything else was opened. If it is below
     * the setting, that is logged, as a warning unless the setting is the default.
     *
     * @param wanted connections, as set
     */
    static int forConnections(int wanted) {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean process)) {
            return Integer.MAX_VALUE;
        }
        long max = process.getMaxFileDescriptorCount();
        long left = max - process.getOpenFileDescriptorCount() - RESERVED;
        if (max <= 0 || left >= wanted) {
            return Integer.MAX_VALUE;
        }
        int connections = (int) Math.max(MIN_CONNECTIONS, left);
        boolean isChosen = !Integer.toString(wanted).equals(Setting.CONNECTIONS.absent());
        log.atLevel(isChosen ? Level.WARN : Level.INFO)
                .log(
                        "The process may open {} files (ulimit -n), so at most {} connections are accepted, although --{} ({}) is"
                                + " {}; raise the former or lower the latter",
                        max,
                        connections,
                        Setting.CONNECTIONS.option(),
                        Setting.CONNECTIONS.variable(),
                        wanted);
        return connections;
    }
}
