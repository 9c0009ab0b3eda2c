/**
 * Where entries, devices, fleets and credentials are kept: {@link dev.tailrace.storage.Storage} gives each event loop
 * its stores, which are small interfaces. One suite of contract tests holds both implementations, {@code
 * storage.memory} and {@code storage.redis}, to the same behaviour.
 */
@NullMarked
package dev.tailrace.storage;

import org.jspecify.annotations.NullMarked;
