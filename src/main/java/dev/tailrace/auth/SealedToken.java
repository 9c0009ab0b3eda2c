package dev.tailrace.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Encrypts a text with a secret (AES-GCM). */
final class SealedToken {

    private static final String PURPOSE = "tailrace: what a login stands for\n";
    private static final int TAG_BITS = 128;

    /** Constant, because each secret encrypts one text only. */
    private static final byte[] NONCE = new byte[12];

    private SealedToken() {}

    /** @param secret random, and used for this text only */
    static String seal(String text, String secret) {
        try {
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, secret).doFinal(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(sealed);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JVM has AES", impossible);
        }
    }

    /** @throws IllegalArgumentException when it was encrypted with another secret, or changed since */
    static String open(String sealed, String secret) {
        try {
            byte[] text = cipher(Cipher.DECRYPT_MODE, secret)
                    .doFinal(Base64.getDecoder().decode(sealed));
            return new String(text, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException wrong) {
            throw new IllegalArgumentException("cannot be decrypted", wrong);
        }
    }

    // The key differs from the stored hash of the secret, because a reader of the store could otherwise decrypt the
    // text.
    private static Cipher cipher(int mode, String secret) throws GeneralSecurityException {
        byte[] key = MessageDigest.getInstance("SHA-256").digest((PURPOSE + secret).getBytes(StandardCharsets.UTF_8));
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, NONCE));
        return cipher;
    }
}
