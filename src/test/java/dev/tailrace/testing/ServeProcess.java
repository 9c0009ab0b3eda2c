package dev.tailrace.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** {@code tailrace serve} as a process of its own, on free ports of loopback, with the JVM's options that a test chooses. */
public final class ServeProcess implements AutoCloseable {

    private static final Pattern LISTENING = Pattern.compile(
            "listening on https?://127\\.0\\.0\\.1:(\\d+), management on https?://127\\.0\\.0\\.1:(\\d+)");

    private final Path output;
    private final Process process;
    private final int port;
    private final int managementPort;

    private ServeProcess(Path folder, List<String> before, List<String> jvm, List<String> settings) {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.tailrace.cli.Main", "serve"));
        command.addAll(List.of("--port", "0", "--management-port", "0"));
        command.addAll(settings);
        output = folder.resolve("serve.log");
        process = Processes.start(command, Path.of("").toAbsolutePath(), output);
        Matcher listening = Awaitility.await("listening")
                .atMost(120, TimeUnit.SECONDS)
                .until(() -> LISTENING.matcher(output()), Matcher::find);
        port = Integer.parseInt(listening.group(1));
        managementPort = Integer.parseInt(listening.group(2));
    }

    /** @param folder for what it prints */
    public static ServeProcess start(Path folder, List<String> jvm, List<String> settings) {
        return start(folder, List.of(), jvm, settings);
    }

    /**
     * Likewise.
     *
     * @param before what the command begins with, such as {@link FakeTime#ahead}
     */
    public static ServeProcess start(Path folder, List<String> before, List<String> jvm, List<String> settings) {
        return new ServeProcess(folder, before, jvm, settings);
    }

    public int port() {
        return port;
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    public URI management(String path) {
        return URI.create("http://127.0.0.1:" + managementPort + path);
    }

    /** All that it has printed. */
    public String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** How it ended; it has a minute for it. */
    public int exitCode() {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new AssertionError("it does not end\n" + output());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The memory that it has had at most, in bytes (Linux). */
    public long mostMemory() {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
