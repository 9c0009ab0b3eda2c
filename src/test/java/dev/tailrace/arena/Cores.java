package dev.tailrace.arena;

import dev.tailrace.testing.Processes;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Keeps the servers on one core and the client on another, where the machine has two and {@code taskset}. */
final class Cores {

    private static final String SERVERS = "0";
    private static final String CLIENT = "1";

    private final int count = Runtime.getRuntime().availableProcessors();
    private final boolean apart;

    Cores() {
        this(Runtime.getRuntime().availableProcessors() > 1
                && Processes.find("taskset").isPresent());
    }

    private Cores(boolean apart) {
        this.apart = apart;
    }

    /** For what is measured without a load: servers may use them all. */
    static Cores shared() {
        return new Cores(false);
    }

    int count() {
        return count;
    }

    /** What comes before a server's command. */
    List<String> ofServers() {
        return apart ? List.of("taskset", "-c", SERVERS) : List.of();
    }

    /** Moves this process, which is the client, to its core. */
    void claimClients() throws IOException, InterruptedException {
        if (!apart) {
            return;
        }
        String self = Long.toString(ProcessHandle.current().pid());
        Process taskset = new ProcessBuilder("taskset", "-a", "-c", "-p", CLIENT, self)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!taskset.waitFor(5, TimeUnit.SECONDS) || taskset.exitValue() != 0) {
            throw new IOException("taskset cannot move this process");
        }
    }

    @Override
    public String toString() {
        return apart
                ? "servers with their Redis on core " + SERVERS + ", client on core " + CLIENT
                : "servers and client not pinned";
    }
}
