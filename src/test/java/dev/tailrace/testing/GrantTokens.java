package dev.tailrace.testing;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Credential;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.Grant;
import dev.tailrace.auth.GrantedIdentity;
import dev.tailrace.auth.Identity;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whose bearer of a token such as {@code logs:read@fleet/eu} may do just that. */
public final class GrantTokens implements Authenticator {

    private final Fleets fleets;

    private GrantTokens(Fleets fleets) {
        this.fleets = fleets;
    }

    public static List<Authenticator> of(Fleets fleets) {
        return List.of(new GrantTokens(fleets));
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        try {
            Grant grant = Grant.parse(credential.text());
            return Future.succeededFuture(
                    new GrantedIdentity("test", List.of(), Identity.NEVER, List.of(grant), fleets));
        } catch (IllegalArgumentException other) {
            return Future.succeededFuture(null);
        }
    }
}
