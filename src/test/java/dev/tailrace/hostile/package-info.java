/**
 * Attacks by outsiders, and storage with damaged data; docs/SECURITY.md says what the broker promises. Those tagged {@code long} run with
 * {@code make test-hostile}.
 */
@NullMarked
package dev.tailrace.hostile;

import org.jspecify.annotations.NullMarked;
