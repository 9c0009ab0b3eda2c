/**
 * {@code tailrace doctor}: examines a broker and the network path to it, such as a proxy that buffers events. Each
 * finding says what to change.
 */
@NullMarked
package dev.tailrace.cli.doctor;

import org.jspecify.annotations.NullMarked;
