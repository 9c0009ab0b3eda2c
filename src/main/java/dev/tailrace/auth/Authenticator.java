package dev.tailrace.auth;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Finds the identity of a credential. Used on one event loop. */
public interface Authenticator {

    /**
     * The identity; null when the credential is of another kind or not valid. Fails when this cannot be decided now, with the
     * {@link dev.tailrace.http.Problem} that the caller gets.
     */
    Future<@Nullable Identity> identify(Credential credential);
}
