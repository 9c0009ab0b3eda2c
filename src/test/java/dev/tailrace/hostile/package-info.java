/**
 * What outsiders and broken storage may try; docs/SECURITY.md tells what of it is promised. Those tagged {@code long} run with
 * {@code make test-hostile}.
 */
@NullMarked
package dev.tailrace.hostile;

import org.jspecify.annotations.NullMarked;
