/**
 * {@code tailrace doctor}: examines a broker and what lies between, such as a proxy that holds events back. Each finding says what
 * to change.
 */
@NullMarked
package dev.tailrace.cli.doctor;

import org.jspecify.annotations.NullMarked;
