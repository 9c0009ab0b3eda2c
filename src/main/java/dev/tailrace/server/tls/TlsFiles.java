package dev.tailrace.server.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.tailrace.config.Setting;
import dev.tailrace.config.TlsSettings;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The text of the TLS files at one moment; two are equal when nothing has changed. */
public record TlsFiles(String chain, String key, @Nullable String clientAuthorities) {

    /**
     * Reads the files; blocks.
     *
     * @return null when TLS is off
     * @throws IllegalStateException with a message for the operator
     */
    public static @Nullable TlsFiles read(TlsSettings settings) {
        String cert = settings.cert();
        String key = settings.key();
        String clients = settings.clientCa();
        if (cert == null || key == null) {
            return null;
        }
        return new TlsFiles(
                read(Setting.TLS_CERT, cert),
                read(Setting.TLS_KEY, key),
                clients == null ? null : read(Setting.TLS_CLIENT_CA, clients));
    }

    private static String read(Setting setting, String path) {
        try {
            return new String(Files.readAllBytes(Path.of(path)), ISO_8859_1);
        } catch (NoSuchFileException missing) {
            throw wrong(setting, "no such file: " + path, missing);
        } catch (AccessDeniedException denied) {
            throw wrong(setting, "no permission to read " + path, denied);
        } catch (IOException | InvalidPathException unreadable) {
            throw wrong(setting, "cannot read " + path + " (" + unreadable.getMessage() + ")", unreadable);
        }
    }

    /** The error of a wrong setting. */
    static IllegalStateException wrong(Setting setting, String why, @Nullable Throwable cause) {
        return new IllegalStateException("--" + setting.option() + " (" + setting.variable() + "): " + why, cause);
    }

    /** Without the content, which includes a private key. */
    @Override
    public String toString() {
        return "TLS files";
    }
}
