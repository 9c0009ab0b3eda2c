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
 * The token with which a command authenticates. It is never an argument, because all users of the machine can see the
 * arguments of a process.
 *
 * @param token or null, when the broker requires no authentication
 */
public record Bearer(@Nullable String token) {

    public static final String VARIABLE = "TAILRACE_TOKEN";

    /** The option of every command that calls a broker. */
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

    /** @param from the source of the text, for error messages */
    public static Bearer of(@Nullable String text, String from) {
        if (text == null || text.isBlank()) {
            return new Bearer(null);
        }
        String token = text.trim();
        if (!token.matches("[\\x21-\\x7e]+")) { // not shown, because it may be a secret although it is invalid
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

    /** The value of the Authorization header, or null. */
    @Nullable
    public String header() {
        return token == null ? null : "Bearer " + token;
    }

    /** Does not contain the token. */
    @Override
    public String toString() {
        return token == null ? "nobody" : "somebody";
    }
}
