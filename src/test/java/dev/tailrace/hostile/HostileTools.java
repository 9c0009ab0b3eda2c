package dev.tailrace.hostile;

import dev.tailrace.testing.BrokerProcess;
import dev.tailrace.testing.Processes;
import dev.tailrace.testing.Require;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs that attack, as {@code make test-hostile} has put them into {@code target/hostile}. */
final class HostileTools {

    private static final Path HOME = Path.of("target", "hostile").toAbsolutePath();

    private HostileTools() {}

    /** The directory of one test, for its programs and their reports. */
    static Path directory(String name) throws IOException {
        return Files.createDirectories(HOME.resolve(name));
    }

    static Path jar(String name) {
        Path jar = HOME.resolve(name);
        Require.that(Files.exists(jar), "needs " + jar + " (make test-hostile)");
        return jar;
    }

    /** Runs a program to its end; it is killed after the limit. */
    static int run(Path directory, int limitSeconds, List<String> command) throws Exception {
        Process process = Processes.start(command, directory, directory.resolve("output.txt"));
        if (!process.waitFor(limitSeconds, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError(
                    command.get(0) + " did not end within " + limitSeconds + " s: " + output(directory));
        }
        return process.exitValue();
    }

    /** Starts a main class of the tests in a process of its own, whose standard output is to be read. */
    static Process java(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** A broker to be attacked, with its memory and its files to itself and with the options and the log format of the image. */
    static BrokerProcess.Builder broker(String name, int heapMiB) throws IOException {
        List<String> jvm = new ArrayList<>(jvmOptions());
        jvm.add("-Xmx" + heapMiB + "m");
        jvm.add("-Dlogback.configurationFile="
                + Path.of("src/main/resources/logback.xml").toAbsolutePath());
        return BrokerProcess.in(directory(name)).jvm(jvm);
    }

    /** The JVM options with which the image starts a broker, on this version of Java. */
    static List<String> jvmOptions() {
        List<String> files = Runtime.version().feature() < 25 ? List.of("options") : List.of("options", "options-25");
        return files.stream()
                .map(file -> "@" + Path.of("src/main/jvm", file).toAbsolutePath())
                .toList();
    }

    static String firstLine(Process process) throws IOException {
        return String.valueOf(process.inputReader(StandardCharsets.UTF_8).readLine());
    }

    /** Reports what an attack cost, in {@code target/hostile/figures.txt} too. */
    static void figures(String attack, String figures) throws IOException {
        String line = attack + ": " + figures + "\n";
        System.out.print(line);
        Files.writeString(
                Files.createDirectories(HOME).resolve("figures.txt"),
                line,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    static String output(Path directory) throws IOException {
        String all = Files.readString(directory.resolve("output.txt"));
        return all.substring(Math.max(0, all.length() - 4000));
    }
}
