/**
 * Authenticators that depend on other services: JSON Web Tokens and key sets of identity providers, balena's API, client certificates.
 * Each turns one kind of credential into an {@link dev.tailrace.auth.Identity}.
 */
@NullMarked
package dev.tailrace.auth.provider;

import org.jspecify.annotations.NullMarked;
