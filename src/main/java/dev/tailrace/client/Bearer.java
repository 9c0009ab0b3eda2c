package dev.tailrace.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * What a command shows the broker to say who it is. Never an argument, which everybody on the machine sees in its list of
 * processes.
 *
 * @param token or null, where the broker asks for none
 */
public record Bearer(@Nullable String token) {

    public static final String VARIABLE = "TAILRACE_TOKEN";

    /** The option that every command has that talks to a broker. */
    public static final class Choice {
        @Option(
                names = "--token-file",
                paramLabel = "FILE",
                description = "file with the token to send (default: the token in " + VARIABLE + "). The token"
                        + " itself is not an option, because other users of this machine could read it there")
        private @Nullable Path file;

        /** @throws IOException when there is no such file */
        public Bearer read(Console console) throws IOException {
            String text = file == null ? console.environment().get(VARIABLE) : firstLine(file);
            return of(text, file == null ? VARIABLE : "--token-file");
        }
    }

    /** @param from where the text was given, for the person who gave it */
    public static Bearer of(@Nullable String text, String from) {
        if (text == null || text.isBlank()) {
            return new Bearer(null);
        }
        String token = text.trim();
        if (!token.matches("[\\x21-\\x7e]+")) { // not shown, since it may be a secret all the same
            throw new UsageException(from + ": a token consists of ASCII characters without spaces");
        }
        return new Bearer(token);
    }

    public static String firstLine(Path file) throws IOException {
        try {
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            if (lines.isEmpty() || lines.get(0).isBlank()) {
                throw new IOException("token file " + file + " is empty");
            }
            return lines.get(0).trim();
        } catch (NoSuchFileException missing) {
            throw new IOException("no such file: " + file, missing);
        }
    }

    /** As in the Authorization header, or null. */
    @Nullable
    public String header() {
        return token == null ? null : "Bearer " + token;
    }

    /** Without the token. */
    @Override
    public String toString() {
        return token == null ? "nobody" : "somebody";
    }
}
