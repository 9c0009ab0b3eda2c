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
 * Takes every token that is nobody else's as one of balena's: what its bearer may, balena's API says of each device. Comes last, and
 * never shows the API what is meant for others.
 */
public final class BalenaAuthenticator implements Authenticator {

    /** As balena makes them, which are of 32 letters and digits, and then some; nothing else is put into a header. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_~+/=-]{8,256}");

    /** A JSON Web Token. */
    private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

    private static final int MAX_SESSION = 8192;

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
        boolean canBe = credential.kind() == Kind.TOKEN
                && !token.startsWith(Keys.PREFIX)
                && (isSession(token) ? takesJwt : KEY.matcher(token).matches());
        return Future.succeededFuture(canBe ? new BalenaIdentity(token, credential.address(), access) : null);
    }

    private static boolean isSession(String token) {
        return token.length() <= MAX_SESSION && SESSION.matcher(token).matches();
    }
}
