package dev.tailrace.auth;

import dev.tailrace.auth.Credential.Kind;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Problem;
import io.vertx.core.Future;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Knows devices by their certificates, which TLS has found good before. A device may write its own lines and no more, as with
 * the key of a device.
 */
public final class CertificateAuthenticator implements Authenticator {

    private final CertificateName name;

    /** @param name where certificates name their devices */
    public CertificateAuthenticator(CertificateName name) {
        this.name = name;
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        X509Certificate certificate = credential.certificate();
        if (credential.kind() != Kind.CERTIFICATE || certificate == null) {
            return Future.succeededFuture(null);
        }
        List<String> names = name.of(certificate);
        if (names.size() != 1) {
            return refuse("has " + (names.isEmpty() ? "no " : "more than one ") + name);
        }
        try {
            return Future.succeededFuture(identity(certificate, new DeviceId(names.get(0))));
        } catch (IllegalArgumentException notAnId) {
            return refuse("has a " + name + " that names no device; " + notAnId.getMessage());
        }
    }

    private Future<@Nullable Identity> refuse(String why) {
        return Future.failedFuture(new Problem(
                401,
                "unauthorized",
                "Who are you?",
                "the certificate " + why + "; have one issued whose " + name + " is the device's id"));
    }

    private static Identity identity(X509Certificate certificate, DeviceId device) {
        return new Granted(
                "device:" + device,
                List.of("cert:" + fingerprint(certificate)),
                certificate.getNotAfter().getTime(),
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
