package dev.tailrace.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** The certificate authorities that a command trusts for the broker's certificate. */
public final class Authorities {

    private Authorities() {}

    /**
     * The authorities in a PEM file, or those of the JVM when no file is given.
     *
     * @throws IOException when the file holds no certificates
     */
    public static SSLContext trust(@Nullable Path file) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, file == null ? null : managers(file).getTrustManagers(), null);
            return context;
        } catch (NoSuchFileException missing) {
            throw new IOException("--ca: no such file: " + file, missing);
        } catch (GeneralSecurityException broken) {
            throw new IOException("--ca: no PEM certificates in " + file, broken);
        }
    }

    /** Trusts the first certificate of a file itself, for any host name. */
    public static SSLContext trustOnly(Path file) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    null,
                    new TrustManager[] {new OneCertificate(read(file).iterator().next())},
                    null);
            return context;
        } catch (GeneralSecurityException broken) {
            throw new IOException("no PEM certificates in " + file, broken);
        }
    }

    private static TrustManagerFactory managers(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        for (Certificate certificate : read(file)) {
            store.setCertificateEntry("authority " + number++, certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    private static Collection<? extends Certificate> read(Path file) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(file)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw new GeneralSecurityException("empty");
            }
            return certificates;
        }
    }
}
