package dev.tailrace.cli;

import dev.tailrace.client.JsonFields;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** JSON Web Tokens (RFC 7519): signs them with HS256, or reads them without verifying the signature. */
final class WebToken {

    /** The environment variable with the secret, for broker and command. */
    static final String SECRET = "TAILRACE_AUTH_JWT_SECRET";

    private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

    private WebToken() {}

    /** @param claims a JSON object */
    static String signed(String claims, String secret) {
        String text =
                encode(HEADER.getBytes(StandardCharsets.UTF_8)) + "." + encode(claims.getBytes(StandardCharsets.UTF_8));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return text + "." + encode(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JVM has HmacSHA256", impossible);
        }
    }

    /**
     * The claims of a token, without verification.
     *
     * @throws IOException when the text is not a token
     */
    static JsonFields claims(String token) throws IOException {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            throw new IOException("a JSON Web Token has three parts separated by dots");
        }
        try {
            return JsonFields.read(new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException notEncoded) {
            throw new IOException("the claims of the token are not in base64url", notEncoded);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
