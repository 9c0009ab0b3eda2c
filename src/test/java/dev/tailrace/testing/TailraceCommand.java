package dev.tailrace.testing;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The command line that runs {@code tailrace} in a JVM of its own, with the classes of this one. */
public final class TailraceCommand {

    /** Options of a JVM that starts quickly and stays small. */
    public static final List<String> SMALL_JVM = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m");

    private TailraceCommand() {}

    /**
     * @param jvm options of the JVM
     * @param arguments such as {@code tail}, {@code --json}
     */
    public static List<String> of(List<String> jvm, String... arguments) {
        List<String> line = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        line.addAll(jvm);
        line.addAll(List.of("-cp", classPath(), "dev.tailrace.cli.Main"));
        line.addAll(List.of(arguments));
        return line;
    }

    /** The same on a terminal, which the program {@code script} provides. */
    public static List<String> onTerminal(List<String> jvm, String... arguments) {
        String quoted =
                of(jvm, arguments).stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        return List.of("script", "--quiet", "--return", "--command", quoted, "/dev/null");
    }

    /** Absolute, because the process may run in another directory. */
    private static String classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
