package dev.tailrace.testing;

import dev.tailrace.config.Setting;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.KeyUsage;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** A certificate authority that nobody knows, and what it certifies. */
public final class TestAuthority {

    private final X509Bundle root;

    public TestAuthority() {
        root = make(() -> new CertificateBuilder()
                .ecp256()
                .subject("CN=An authority of the tests")
                .setIsCertificateAuthority(true)
                .setKeyUsage(true, KeyUsage.keyCertSign, KeyUsage.cRLSign)
                .buildSelfSigned());
    }

    private interface Making {
        X509Bundle make() throws Exception;
    }

    private static X509Bundle make(Making making) {
        try {
            return making.make();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    /** A certificate for 127.0.0.1 and localhost. */
    public X509Bundle server(String name) {
        return make(() -> new CertificateBuilder()
                .rsa2048()
                .subject("CN=" + name)
                .addSanIpAddress("127.0.0.1")
                .addSanDnsName("localhost")
                .addExtendedKeyUsageServerAuth()
                .buildIssuedBy(root));
    }

    public X509Bundle client(String name) {
        return client("CN=" + name, more -> {});
    }

    /** @param change what else it has */
    public X509Bundle client(String subject, Consumer<CertificateBuilder> change) {
        return make(() -> {
            CertificateBuilder client =
                    new CertificateBuilder().ecp256().subject(subject).addExtendedKeyUsageClientAuth();
            change.accept(client);
            return client.buildIssuedBy(root);
        });
    }

    /**
     * An authority below this one.
     *
     * @param change what else it has
     */
    public X509Bundle intermediate(String name, Consumer<CertificateBuilder> change) {
        return make(() -> {
            CertificateBuilder authority = new CertificateBuilder()
                    .ecp256()
                    .subject("CN=" + name)
                    .setIsCertificateAuthority(true)
                    .setKeyUsage(true, KeyUsage.keyCertSign, KeyUsage.cRLSign);
            change.accept(authority);
            return authority.buildIssuedBy(root);
        });
    }

    /** The certificate of a client, issued by an authority of {@link #intermediate}, whose certificate is in the chain too. */
    public static X509Bundle clientOf(X509Bundle issuer, String subject, Consumer<CertificateBuilder> change) {
        return make(() -> {
            CertificateBuilder client =
                    new CertificateBuilder().ecp256().subject(subject).addExtendedKeyUsageClientAuth();
            change.accept(client);
            return client.buildIssuedBy(issuer);
        });
    }

    public String pem() {
        return root.getCertificatePEM();
    }

    /** Writes its certificate into a file {@code ca.pem}. */
    public Path file(Path folder) {
        return write(folder.resolve("ca.pem"), pem());
    }

    /** Lays {@code cert.pem} and {@code key.pem} into a folder. */
    public static Path lay(X509Bundle certificate, Path folder) {
        write(folder.resolve("cert.pem"), certificate.getCertificatePathPEM());
        write(folder.resolve("key.pem"), certificate.getPrivateKeyPEM());
        return folder;
    }

    /** The settings that name what was laid. */
    public static Map<Setting, String> settings(Path folder) {
        Map<Setting, String> settings = new EnumMap<>(Setting.class);
        settings.put(Setting.TLS_CERT, folder.resolve("cert.pem").toString());
        settings.put(Setting.TLS_KEY, folder.resolve("key.pem").toString());
        return settings;
    }

    public static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Trusts this authority alone. */
    public SSLContext context() {
        return context(null);
    }

    /** @param client what to show who asks for a certificate, or null */
    public SSLContext context(@Nullable X509Bundle client) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            KeyManager[] own =
                    client == null ? null : client.toKeyManagerFactory().getKeyManagers();
            context.init(own, new TrustManager[] {root.toTrustManager()}, null);
            return context;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
