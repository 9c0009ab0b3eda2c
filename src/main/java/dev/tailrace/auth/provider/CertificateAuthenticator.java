package dev.tailrace.auth.provider;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Credential;
import dev.tailrace.auth.Credential.Kind;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Grant;
import dev.tailrace.auth.GrantedIdentity;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import dev.tailrace.auth.Secrets;
import dev.tailrace.http.Problem;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Identifies devices by their client certificates, which TLS has already verified. As with a key of its own, a device may write its
 * lines and nothing else.
 */
public final class CertificateAuthenticator implements Authenticator {

    private final CertificateName name;

    /** @param name the field of a certificate that names its device */
    public CertificateAuthenticator(CertificateName name) {
        this.name = name;
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        if (credential.kind() != Kind.CERTIFICATE) {
            return Future.succeededFuture(null);
        }
        X509Certificate certificate = credential.chain().get(0);
        List<String> names = name.of(certificate);
        if (names.size() != 1) {
            return refuse("has " + (names.isEmpty() ? "no " : "more than one ") + name);
        }
        try {
            return Future.succeededFuture(identity(path(credential.chain()), new DeviceId(names.get(0))));
        } catch (IllegalArgumentException notAnId) {
            return refuse("has a " + name + " that is not a device id; " + notAnId.getMessage());
        }
    }

    private Future<@Nullable Identity> refuse(String why) {
        return Future.failedFuture(new Problem(
                401,
                "unauthorized",
                "Authentication required",
                "the certificate " + why + "; use one whose " + name + " is the device id"));
    }

    /** The certificate and the intermediate authorities that the peer sent. */
    private static List<X509Certificate> path(List<X509Certificate> chain) {
        List<X509Certificate> path = new ArrayList<>(List.of(chain.get(0)));
        for (X509Certificate next : chain.subList(1, chain.size())) {
            X509Certificate last = path.get(path.size() - 1);
            boolean isRoot = next.getSubjectX500Principal().equals(next.getIssuerX500Principal());
            if (isRoot || !next.getSubjectX500Principal().equals(last.getIssuerX500Principal())) {
                break;
            }
            path.add(next);
        }
        return path;
    }

    /** The identity depends on each certificate of the path: it expires with the first of them, and ends if any is revoked. */
    private static Identity identity(List<X509Certificate> path, DeviceId device) {
        return new GrantedIdentity(
                "device:" + device,
                path.stream().map(one -> "cert:" + fingerprint(one)).toList(),
                path.stream()
                        .mapToLong(one -> one.getNotAfter().getTime())
                        .min()
                        .orElseThrow(),
                List.of(Grant.device(Permission.LOGS_WRITE, device)),
                Fleets.NONE);
    }

    private static String fingerprint(X509Certificate certificate) {
        try {
            return Secrets.hash(certificate.getEncoded());
        } catch (CertificateEncodingException impossible) {
            throw new IllegalStateException("a certificate that was read cannot be written", impossible);
        }
    }
}
