/**
 * {@code tailrace tail}: entries of one or many devices go to a terminal or a program, live, through lost connections too.
 */
@NullMarked
package dev.tailrace.cli.tail;

import org.jspecify.annotations.NullMarked;
