/**
 * {@code tailrace canary}: a device and its readers that check a running broker. Each numbered line has to arrive once and in order.
 */
@NullMarked
package dev.tailrace.cli.canary;

import org.jspecify.annotations.NullMarked;
