package dev.tailrace.auth.provider;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/** Reads public keys in PEM (RFC 7468). */
final class PublicKeys {

    private static final List<String> KINDS = List.of("RSA", "EC", "EdDSA");

    private PublicKeys() {}

    /** @throws IllegalArgumentException when the text is no public key */
    static PublicKey ofPem(String pem) {
        try {
            String text = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
            var encoded = new X509EncodedKeySpec(Base64.getDecoder().decode(text));
            for (String kind : KINDS) {
                try {
                    return KeyFactory.getInstance(kind).generatePublic(encoded);
                } catch (GeneralSecurityException another) {
                    // the next kind
                }
            }
        } catch (IllegalArgumentException notBase64) {
            // reported below
        }
        throw new IllegalArgumentException("is not an RSA, EC or Ed25519 public key in PEM (BEGIN PUBLIC KEY)");
    }
}
