/**
 * TLS of the listeners: certificates and keys, which are read at the start and again whenever their files change, and the limit of
 * handshakes per network.
 */
@NullMarked
package dev.tailrace.server.tls;

import org.jspecify.annotations.NullMarked;
