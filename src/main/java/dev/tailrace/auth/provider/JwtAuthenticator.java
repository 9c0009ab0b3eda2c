package dev.tailrace.auth.provider;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Credential;
import dev.tailrace.auth.Credential.Kind;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Grant;
import dev.tailrace.auth.GrantedIdentity;
import dev.tailrace.auth.Identity;
import dev.tailrace.http.Problem;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.HmacKey;
import org.jose4j.keys.resolvers.JwksVerificationKeyResolver;
import org.jspecify.annotations.Nullable;

/**
 * Identifies callers by JSON Web Tokens. Secrets and public keys have separate verifiers, so that a public key is never used as a
 * secret.
 */
public final class JwtAuthenticator implements Authenticator {

    private static final String[] WITH_PUBLIC_KEY = {
        AlgorithmIdentifiers.RSA_USING_SHA256,
        AlgorithmIdentifiers.ECDSA_USING_P256_CURVE_AND_SHA256,
        AlgorithmIdentifiers.EDDSA
    };

    private static final int MAX_TOKEN = 16 * 1024;

    /** The end of the year 9999, in epoch seconds. A token with a later expiry is refused, because it must be a mistake. */
    private static final long MAX_EXPIRY = 253_402_300_799L;

    private final JwtOptions options;
    private final Fleets fleets;
    private final @Nullable JwtConsumer bySecret;
    private final @Nullable JwtConsumer byPublicKey;
    private final @Nullable KeySet keySet;

    /** @throws IllegalArgumentException when the public key cannot be read */
    public JwtAuthenticator(Vertx vertx, JwtOptions options, Fleets fleets) {
        this.options = options;
        this.fleets = fleets;
        String secret = options.secret();
        this.bySecret = secret == null
                ? null
                : rules(AlgorithmIdentifiers.HMAC_SHA256)
                        .setVerificationKey(new HmacKey(secret.getBytes(StandardCharsets.UTF_8)))
                        .build();
        String pem = options.publicKey();
        this.byPublicKey = pem == null
                ? null
                : rules(WITH_PUBLIC_KEY)
                        .setVerificationKey(PublicKeys.ofPem(pem))
                        .build();
        this.keySet = options.keySet() == null ? null : new KeySet(vertx, options.keySet());
    }

    private JwtConsumerBuilder rules(String... algorithms) {
        var rules = new JwtConsumerBuilder()
                .setRequireExpirationTime()
                .setRequireSubject()
                .setAllowedClockSkewInSeconds((int) options.leeway().toSeconds())
                .setJwsAlgorithmConstraints(ConstraintType.PERMIT, algorithms);
        if (options.audiences().isEmpty()) {
            rules.setSkipDefaultAudienceValidation();
        } else {
            rules.setExpectedAudience(options.audiences().toArray(String[]::new));
        }
        if (!options.issuers().isEmpty()) {
            rules.setExpectedIssuers(true, options.issuers().toArray(String[]::new));
        }
        return rules;
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        String token = credential.text();
        JsonObject head = credential.kind() == Kind.TOKEN && token.length() <= MAX_TOKEN ? head(token) : null;
        if (head == null) {
            return Future.succeededFuture(null);
        }
        if (AlgorithmIdentifiers.HMAC_SHA256.equals(head.getValue("alg"))) {
            return verify(bySecret, token);
        }
        if (byPublicKey != null || keySet == null) {
            return verify(byPublicKey, token);
        }
        Object id = head.getValue("kid");
        return keySet.with(id instanceof String text ? text : null)
                .compose(keys -> verify(
                        rules(WITH_PUBLIC_KEY)
                                .setVerificationKeyResolver(new JwksVerificationKeyResolver(keys))
                                .build(),
                        token));
    }

    /** The header; null if it is no JSON Web Token. */
    private static @Nullable JsonObject head(String token) {
        int dot = token.indexOf('.');
        if (dot < 0 || token.indexOf('.', token.indexOf('.', dot + 1) + 1) >= 0) {
            return null;
        }
        try {
            return new JsonObject(Buffer.buffer(Base64.getUrlDecoder().decode(token.substring(0, dot))));
        } catch (RuntimeException noJwt) {
            return null;
        }
    }

    private Future<@Nullable Identity> verify(@Nullable JwtConsumer rules, String token) {
        if (rules == null) {
            return Future.succeededFuture(null);
        }
        try {
            return Future.succeededFuture(identity(rules.processToClaims(token)));
        } catch (InvalidJwtException | MalformedClaimException notValid) {
            return Future.succeededFuture(null);
        } catch (IllegalArgumentException unreadable) {
            return Future.failedFuture(new Problem(
                    401,
                    "unauthorized",
                    "Authentication required",
                    "the claim " + options.claim() + " of the token is invalid: " + unreadable.getMessage()));
        }
    }

    private Identity identity(JwtClaims claims) throws MalformedClaimException {
        String subject = claims.getSubject();
        List<String> credentials = new ArrayList<>(List.of("sub:" + subject));
        String id = claims.getJwtId();
        if (id != null) {
            credentials.add("jti:" + id);
        }
        long ends = claims.getExpirationTime().getValue();
        if (ends > MAX_EXPIRY) {
            throw new MalformedClaimException("exp is beyond the year 9999");
        }
        long end = TimeUnit.SECONDS.toMillis(ends) + options.leeway().toMillis();
        return new GrantedIdentity(
                "sub:" + subject, credentials, end, grants(claims.getClaimValue(options.claim())), fleets);
    }

    /** @throws IllegalArgumentException when they are not in the notation of grants */
    private static List<Grant> grants(@Nullable Object claim) {
        if (claim == null) {
            return List.of();
        }
        if (claim instanceof String text) {
            return Stream.of(text.split(" "))
                    .filter(one -> !one.isEmpty())
                    .map(Grant::parse)
                    .toList();
        }
        if (claim instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
            return list.stream().map(one -> Grant.parse((String) one)).toList();
        }
        throw new IllegalArgumentException("it must be an array of strings, or one string separated by spaces");
    }
}
