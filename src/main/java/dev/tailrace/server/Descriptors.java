package dev.tailrace.server;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.tailrace.config.Setting;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** The file descriptors of the process, of which each connection takes one. */
final class Descriptors {

    private static final Logger log = LoggerFactory.getLogger(Descriptors.class);

    /**
     * Kept back from clients and syslog: for the management port, and as many again for connections to Redis that are made anew, files
     * that are read, and connections that are accepted only to be closed.
     */
    private static final int RESERVED = 2 * Acceptor.MANAGEMENT_CONNECTIONS;

    /** Without so many a broker is of no use, so it tries them. */
    private static final int LEAST = 16;

    private Descriptors() {}

    /**
     * For how many connections of clients and of syslog there are descriptors, now that all else is open; a number that is below the
     * setting is logged, as a warning if somebody chose the setting.
     *
     * @param wanted connections, as set
     */
    static int forConnections(int wanted) {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean process)) {
            return Integer.MAX_VALUE;
        }
        long most = process.getMaxFileDescriptorCount();
        long left = most - process.getOpenFileDescriptorCount() - RESERVED;
        if (most <= 0 || left >= wanted) {
            return Integer.MAX_VALUE;
        }
        int connections = (int) Math.max(LEAST, left);
        boolean isChosen = !Integer.toString(wanted).equals(Setting.CONNECTIONS.absent());
        log.atLevel(isChosen ? Level.WARN : Level.INFO)
                .log(
                        "The process may open {} files (ulimit -n), so at most {} connections are accepted, although --{} ({}) is"
                                + " {}; raise the former or lower the latter",
                        most,
                        connections,
                        Setting.CONNECTIONS.option(),
                        Setting.CONNECTIONS.variable(),
                        wanted);
        return connections;
    }
}
