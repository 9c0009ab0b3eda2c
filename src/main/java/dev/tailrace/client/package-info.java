/**
 * What the commands share: requests to a broker, its event streams, TLS, and the texts for users. It knows only the
 * public wire protocol.
 */
@NullMarked
package dev.tailrace.client;

import org.jspecify.annotations.NullMarked;
