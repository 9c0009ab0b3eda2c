package dev.tailrace.client;

import dev.tailrace.config.Environment;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The standard streams of one run.
 *
 * @param out the output of a command; not flushed automatically
 * @param err messages other than the output
 * @param outIsTerminal whether {@code out} is a terminal, which interprets control characters
 * @param errIsTerminal whether {@code err} is a terminal
 * @param environment the variables of the process
 */
public record Console(
        InputStream in,
        Output out,
        PrintStream err,
        boolean outIsTerminal,
        boolean errIsTerminal,
        Map<String, String> environment) {

    private static final int OUT_BUFFER = 64 * 1024;

    /** The streams of this process; logs are UTF-8 in every locale. */
    public static Console ofProcess() {
        var out = new java.io.BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BUFFER);
        return new Console(
                System.in,
                new Output(out),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                isTerminal(1),
                isTerminal(2),
                Environment.ofProcess());
    }

    /** Does not contain the environment, which may hold secrets. */
    @Override
    public String toString() {
        return "the console";
    }

    /** Writes one line for the user of the command. */
    public void report(String text) {
        err.println(text);
    }

    // System.console() is about both streams at once, and since Java 22 present even without a terminal.
    private static boolean isTerminal(int descriptor) {
        try {
            Path target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
            return target.startsWith("/dev/pts") || target.startsWith("/dev/tty") || target.startsWith("/dev/console");
        } catch (IOException notLinux) {
            return System.console() != null;
        }
    }
}
