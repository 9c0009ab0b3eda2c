/**
 * Where entries, devices, fleets and credentials are kept: small interfaces, and what passes through them. One suite of contract
 * tests holds both implementations, {@code storage.memory} and {@code storage.redis}, to the same behaviour.
 */
@NullMarked
package dev.tailrace.storage;

import org.jspecify.annotations.NullMarked;
