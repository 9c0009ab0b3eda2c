package dev.tailrace.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A real nginx or HAProxy on a free port of loopback, in a folder of its own. */
public final class ReverseProxy implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(20);

    /** The folder of both in Debian, which is not on the PATH of every user. */
    private static final Path SBIN = Path.of("/usr/sbin");

    private final Process process;
    private final int port;

    private ReverseProxy(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts nginx, or skips the test.
     *
     * @param http what is inside {@code http { … }}
     */
    public static ReverseProxy nginx(Path folder, int port, String http) {
        StringBuilder temporary = new StringBuilder();
        for (String name : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
            temporary
                    .append(name)
                    .append("_temp_path ")
                    .append(folder.resolve(name))
                    .append(";\n");
        }
        Path configuration = TestAuthority.write(
                folder.resolve("nginx.conf"),
                "master_process off;\npid " + folder.resolve("pid") + ";\nerror_log "
                        + folder.resolve("error.log")
                        + ";\nevents { worker_connections 256; }\nhttp {\naccess_log off;\n"
                        + temporary + http + "\n}\n");
        return nginx(folder, port, configuration);
    }

    /** Starts nginx by a file of its configuration, which listens on this port, or skips the test. */
    public static ReverseProxy nginx(Path folder, int port, Path configuration) {
        List<String> command = List.of(
                find("nginx").toString(),
                "-e",
                folder.resolve("error.log").toString(),
                "-p",
                folder.toString(),
                "-c",
                configuration.toString(),
                "-g",
                "daemon off;");
        return start(command, folder, port);
    }

    /** Starts HAProxy, or skips the test. */
    public static ReverseProxy haproxy(Path folder, int port, String text) {
        Path program = find("haproxy");
        Path configuration = TestAuthority.write(folder.resolve("haproxy.cfg"), text + "\n");
        return start(List.of(program.toString(), "-db", "-f", configuration.toString()), folder, port);
    }

    private static Path find(String name) {
        Optional<Path> program =
                Processes.find(name).or(() -> Optional.of(SBIN.resolve(name)).filter(Files::isExecutable));
        Require.that(program.isPresent(), "needs " + name + " (make test-deps)");
        return program.orElseThrow();
    }

    private static ReverseProxy start(List<String> command, Path folder, int port) {
        Path output = folder.resolve("output.log");
        Process process = Processes.start(command, folder, output);
        var proxy = new ReverseProxy(process, port);
        await().atMost(START).until(() -> proxy.listens() || !process.isAlive());
        if (!process.isAlive()) {
            throw new AssertionError(command.get(0) + " did not start: " + read(output));
        }
        return proxy;
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            return unreadable.toString();
        }
    }

    public int port() {
        return port;
    }

    // Workers of nginx end when their master asks them to, and not when it is killed.
    @Override
    public void close() {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
