package dev.tailrace.auth;

import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The token of the settings that allows everything; with it the first other credentials are made. */
public final class AdminToken implements Authenticator {

    private final byte[] token;
    private final Identity identity =
            new GrantedIdentity("admin", List.of(), Identity.NEVER, List.of(Grant.all(Permission.ADMIN)), Fleets.NONE);

    public AdminToken(String token) {
        this.token = token.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        boolean same = credential.kind() == Credential.Kind.TOKEN
                && MessageDigest.isEqual(token, credential.text().getBytes(StandardCharsets.UTF_8));
        return Future.succeededFuture(same ? identity : null);
    }
}
