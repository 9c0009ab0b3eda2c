package dev.tailrace.perf;

import dev.tailrace.testing.Processes;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Keeps the servers on one core and the client on another, where the machine has two and {@code taskset}. */
final class Cores {

    private static final String SERVERS = "0";
    private static final String CLIENT = "1";

    private final int count;
    private final boolean apart;
    private final String servers;

    Cores() {
        this(Runtime.getRuntime().availableProcessors(), SERVERS);
    }

    private Cores(int count, String servers) {
        this.count = count; // of the machine: once this process is pinned Java counts less
        this.servers = servers;
        this.apart = count > 1 && Processes.find("taskset").isPresent();
    }

    /** The cores for measurements without a load: servers may use all of the machine, and not only those of this process. */
    Cores shared() {
        return new Cores(count, SERVERS + '-' + (count - 1));
    }

    int count() {
        return count;
    }

    /** The words before a server's command that keep it to its cores. */
    List<String> ofServers() {
        return apart ? List.of("taskset", "-c", servers) : List.of();
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
