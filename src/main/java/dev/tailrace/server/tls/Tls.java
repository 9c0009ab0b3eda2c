package dev.tailrace.server.tls;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.tailrace.config.Setting;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TrustOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The parsed TLS files: a certificate with its chain and key, and the authorities of client certificates. They are checked here, so that
 * an error names its setting, and a broken file never reaches a running server.
 */
public final class Tls {

    private static final List<String> PROTOCOLS = List.of("h2", "http/1.1"); // preferred first
    private static final Set<String> VERSIONS = Set.of("TLSv1.2", "TLSv1.3");
    private static final Set<String> SUITES = forwardSecretSuites();
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final char[] NO_PASSWORD = {};

    private final KeyManagerFactory identity;
    private final @Nullable TrustManagerFactory clients;
    private final ClientAuth clientAuth;
    private final Instant expires;

    private Tls(
            KeyManagerFactory identity, @Nullable TrustManagerFactory clients, ClientAuth clientAuth, Instant expires) {
        this.identity = identity;
        this.clients = clients;
        this.clientAuth = clientAuth;
        this.expires = expires;
    }

    /**
     * Parses the files.
     *
     * @param clientsRequired whether clients without a certificate are refused, if there are authorities for them
     * @throws IllegalStateException with a message for the operator
     */
    public static Tls of(TlsFiles files, boolean clientsRequired) {
        X509Certificate[] chain = certificates(Setting.TLS_CERT, files.chain());
        PrivateKey key = key(files.key(), chain[0].getPublicKey());
        String authorities = files.clientAuthorities();
        return new Tls(
                identity(key, chain),
                authorities == null ? null : trust(certificates(Setting.TLS_CLIENT_CA, authorities)),
                clientsRequired ? ClientAuth.REQUIRED : ClientAuth.REQUEST,
                chain[0].getNotAfter().toInstant());
    }

    /**
     * The enabled cipher suites of this version of Java that have forward secrecy. With the others (TLS_RSA_… in Java 17), an attacker who
     * obtains the certificate's key can decrypt connections that were recorded earlier.
     */
    private static Set<String> forwardSecretSuites() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            SSLEngine server = context.createSSLEngine();
            server.setUseClientMode(false);
            Set<String> suites = new LinkedHashSet<>(List.of(server.getEnabledCipherSuites())); // preferred first
            suites.removeIf(suite -> !isForwardSecret(suite));
            return suites;
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException("this Java has no TLS", broken);
        }
    }

    private static boolean isForwardSecret(String suite) {
        boolean ofTls13 = !suite.contains("_WITH_");
        return suite.startsWith("TLS_ECDHE_")
                || suite.startsWith("TLS_DHE_")
                || (ofTls13 && !suite.endsWith("_SCSV")); // a signal, not a suite
    }

    private static X509Certificate[] certificates(Setting setting, String pem) {
        try {
            X509Certificate[] all = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(ISO_8859_1)))
                    .toArray(X509Certificate[]::new);
            if (all.length > 0) {
                return all;
            }
            throw TlsFiles.wrong(setting, "the file contains no certificate", null);
        } catch (CertificateException broken) {
            throw TlsFiles.wrong(setting, "the file is not a PEM certificate", broken);
        }
    }

    private static PrivateKey key(String pem, PublicKey certified) {
        Matcher found = KEY.matcher(pem);
        if (!found.find()) {
            throw TlsFiles.wrong(
                    Setting.TLS_KEY,
                    "the file contains no PKCS #8 private key without a password; convert with: openssl pkcs8"
                            + " -topk8 -nocrypt",
                    null);
        }
        try {
            byte[] bytes = Base64.getMimeDecoder().decode(found.group(1));
            PrivateKey key =
                    KeyFactory.getInstance(certified.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(bytes));
            if (belongTogether(key, certified)) {
                return key;
            }
        } catch (GeneralSecurityException | IllegalArgumentException other) {
            // it has another algorithm, or is broken
        }
        throw TlsFiles.wrong(
                Setting.TLS_KEY, "the key does not match the certificate in --" + Setting.TLS_CERT.option(), null);
    }

    private static boolean belongTogether(PrivateKey key, PublicKey certified) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(
                switch (certified.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> certified.getAlgorithm();
                });
        byte[] text = {1, 2, 3};
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(certified);
        signature.update(text);
        return signature.verify(signed);
    }

    private static KeyManagerFactory identity(PrivateKey key, Certificate[] chain) {
        try {
            KeyStore store = emptyStore();
            store.setKeyEntry("tls", key, NO_PASSWORD, chain);
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, NO_PASSWORD);
            return factory;
        } catch (GeneralSecurityException | IOException broken) {
            throw TlsFiles.wrong(
                    Setting.TLS_CERT, "the certificates cannot be used (" + broken.getMessage() + ")", broken);
        }
    }

    private static TrustManagerFactory trust(X509Certificate[] authorities) {
        try {
            KeyStore store = emptyStore();
            for (int i = 0; i < authorities.length; i++) {
                store.setCertificateEntry("authority " + i, authorities[i]);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory;
        } catch (GeneralSecurityException | IOException broken) {
            throw TlsFiles.wrong(
                    Setting.TLS_CLIENT_CA, "the certificates cannot be used (" + broken.getMessage() + ")", broken);
        }
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    /** When the certificate expires. */
    public Instant expires() {
        return expires;
    }

    /** Adds TLS to the options of a server of another protocol, which requests client certificates as HTTP does. */
    public NetServerOptions secureStream(NetServerOptions options) {
        SUITES.forEach(options::addEnabledCipherSuite);
        options.setSsl(true)
                .setEnabledSecureTransportProtocols(VERSIONS)
                .setSslEngineOptions(new JdkSSLEngineOptions().setUseWorkerThread(true))
                .setKeyCertOptions(KeyCertOptions.wrap(identity));
        if (clients != null) {
            options.setClientAuth(clientAuth).setTrustOptions(TrustOptions.wrap(clients));
        }
        return options;
    }

    /** Adds TLS to the options of a server, which requests client certificates if the settings ask for them. */
    public HttpServerOptions secure(HttpServerOptions options) {
        HttpServerOptions secured = secureQuietly(options);
        if (clients != null) {
            secured.setClientAuth(clientAuth).setTrustOptions(TrustOptions.wrap(clients));
        }
        return secured;
    }

    /** The same without client certificates. Handshakes run on worker threads, because a signature takes a millisecond. */
    public HttpServerOptions secureQuietly(HttpServerOptions options) {
        SUITES.forEach(options::addEnabledCipherSuite);
        return options.setSsl(true)
                .setUseAlpn(true)
                .setEnabledSecureTransportProtocols(VERSIONS)
                .setSslEngineOptions(new JdkSSLEngineOptions().setUseWorkerThread(true))
                .setKeyCertOptions(KeyCertOptions.wrap(identity));
    }

    /** The options that replace those of a running server. */
    public static ServerSSLOptions update(HttpServerOptions secured) {
        return secured.getSslOptions().setUseAlpn(true).setApplicationLayerProtocols(PROTOCOLS);
    }
}
