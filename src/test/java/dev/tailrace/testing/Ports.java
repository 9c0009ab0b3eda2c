package dev.tailrace.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Free ports on loopback.
 *
 * <p>They lie below the range that systems give to outgoing connections, so that nobody takes the port of a server that is
 * down for a moment.
 */
public final class Ports {
    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 29_999;

    // Starts anywhere, so that two test runs on one machine rarely try the same ports.
    private static final AtomicInteger next =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST));

    private Ports() {}

    public static int free() {
        for (int tries = 0; tries < HIGHEST - LOWEST; tries++) {
            int port = next.getAndUpdate(last -> last < HIGHEST ? last + 1 : LOWEST);
            if (isFree(port)) return port;
        }
        throw new IllegalStateException("no free port from " + LOWEST + " to " + HIGHEST);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }
}
