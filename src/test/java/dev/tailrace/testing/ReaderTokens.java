package dev.tailrace.testing;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;

/** JSON Web Tokens whose bearer may read the logs of all devices. */
public final class ReaderTokens {

    private ReaderTokens() {}

    /**
     * Signs one by HS256.
     *
     * @param id its {@code jti}
     * @param life from now, by the clock of this machine
     */
    public static String signed(String secret, String id, Duration life) throws JoseException {
        var claims = new JwtClaims();
        claims.setSubject("anna");
        claims.setJwtId(id);
        claims.setExpirationTime(NumericDate.fromSeconds(NumericDate.now().getValue() + life.toSeconds()));
        claims.setStringListClaim("tailrace", "logs:read@*");
        var signed = new JsonWebSignature();
        signed.setPayload(claims.toJson());
        signed.setKey(new HmacKey(secret.getBytes(StandardCharsets.US_ASCII)));
        signed.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
        return signed.getCompactSerialization();
    }
}
