package dev.tailrace.deploy;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.Ports;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A real nginx with the compose file's configuration, before brokers on loopback. */
final class Nginx implements AutoCloseable {

    private static final Path CONFIGURATION = Path.of("deploy/nginx/nginx.conf");

    private final int port = Ports.free();
    private final Process process;

    /** @param folder of its own, in place of /tmp */
    Nginx(Path folder, int firstBroker, int secondBroker) throws IOException {
        Path program = program().orElse(null);
        Require.that(program != null, "needs nginx (make test-deps)");
        Path configuration = folder.resolve("nginx.conf");
        Files.writeString(
                configuration,
                Files.readString(CONFIGURATION)
                        .replace(" /tmp/", " " + folder + "/")
                        .replace("broker-1:8080", "127.0.0.1:" + firstBroker)
                        .replace("broker-2:8080", "127.0.0.1:" + secondBroker)
                        .replace("listen 8080", "listen 127.0.0.1:" + port)
                        .replace("/dev/stderr", folder.resolve("error.log").toString()));
        List<String> line = List.of(
                program.toString(),
                "-p",
                folder.toString(),
                "-c",
                configuration.toString(),
                "-e",
                folder + "/error.log");
        Command check = Command.run(folder, with(line, "-t"));
        if (check.exit() != 0) {
            throw new AssertionError(check.output());
        }
        process = Processes.start(with(line, "-g", "daemon off;"), folder, folder.resolve("nginx.log"));
        await("nginx").atMost(Duration.ofSeconds(30)).until(this::listens);
    }

    private static List<String> with(List<String> line, String... more) {
        List<String> all = new ArrayList<>(line);
        all.addAll(List.of(more));
        return all;
    }

    private static Optional<Path> program() {
        return Processes.find("nginx")
                .or(() -> Optional.of(Path.of("/usr/sbin/nginx")).filter(Files::exists));
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    int port() {
        return port;
    }

    // Its workers end when their master asks them to, and not when it is killed.
    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
