/**
 * The certificates and keys of the listeners. They are read at the start, and again whenever their files change.
 */
@NullMarked
package dev.tailrace.server.tls;

import org.jspecify.annotations.NullMarked;
