package dev.tailrace.auth;

import dev.tailrace.auth.Credential.Kind;
import io.vertx.core.Future;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes every token that is nobody else's as one of balena's: what its bearer may, balena's API says of each device. Comes last, and
 * never shows the API what is meant for others.
 */
public final class BalenaAuthenticator implements Authenticator {

    /** Of keys and of sessions; nothing else is put into a header. */
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/=-]{8,8192}");

    private final BalenaAccess access;
    private final boolean takesJwt;

    /** @param takesJwt whether a JSON Web Token may be balena's: not where there are others that it could be */
    public BalenaAuthenticator(BalenaAccess access, boolean takesJwt) {
        this.access = access;
        this.takesJwt = takesJwt;
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        String token = credential.text();
        boolean ours = token.startsWith(Keys.PREFIX) || (!takesJwt && isJwt(token));
        if (credential.kind() != Kind.TOKEN || ours || !TOKEN.matcher(token).matches()) {
            return Future.succeededFuture(null);
        }
        return Future.succeededFuture(new Delegated(token, access));
    }

    private static boolean isJwt(String token) {
        return token.chars().filter(one -> one == '.').count() == 2;
    }
}
