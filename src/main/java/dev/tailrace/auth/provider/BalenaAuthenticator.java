package dev.tailrace.auth.provider;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Credential;
import dev.tailrace.auth.Credential.Kind;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Keys;
import io.vertx.core.Future;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Accepts every token that no other authenticator knows as a token of balena, whose API decides on each device. Comes last, and never
 * sends the API a token that is meant for others.
 */
public final class BalenaAuthenticator implements Authenticator {

    /** Wider than the form of balena's keys, 32 letters and digits; no other character gets into a header. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_~+/=-]{8,256}");

    /** A JSON Web Token. */
    private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

    private static final int MAX_SESSION = 8192;

    private final BalenaAccess access;
    private final boolean takesJwt;

    /** @param takesJwt whether a JSON Web Token can be one of balena's; false if the broker verifies such tokens itself */
    public BalenaAuthenticator(BalenaAccess access, boolean takesJwt) {
        this.access = access;
        this.takesJwt = takesJwt;
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        String token = credential.text();
        boolean canBe = credential.kind() == Kind.TOKEN
                && !token.startsWith(Keys.PREFIX)
                && (isSession(token) ? takesJwt : KEY.matcher(token).matches());
        return Future.succeededFuture(canBe ? new BalenaIdentity(token, credential.address(), access) : null);
    }

    private static boolean isSession(String token) {
        return token.length() <= MAX_SESSION && SESSION.matcher(token).matches();
    }
}
