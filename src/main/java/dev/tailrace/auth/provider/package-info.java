/**
 * Asks others who a caller is: JSON Web Tokens and their key sets, balena's API, client certificates. Each class turns one kind of
 * credential into an {@link dev.tailrace.auth.Identity}.
 */
@NullMarked
package dev.tailrace.auth.provider;

import org.jspecify.annotations.NullMarked;
