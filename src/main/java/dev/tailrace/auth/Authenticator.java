package dev.tailrace.auth;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Tells who shows a credential. Used on one event loop. */
public interface Authenticator {

    /**
     * The identity; null when the credential is not of this kind or not good. Fails when it cannot be known now, with what
     * the caller is then told.
     */
    Future<@Nullable Identity> identify(Credential credential);
}
