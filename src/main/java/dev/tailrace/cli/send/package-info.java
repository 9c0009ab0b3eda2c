/**
 * {@code tailrace send}: lines of a file or of standard input go to a device, each once, through lost connections too.
 */
@NullMarked
package dev.tailrace.cli.send;

import org.jspecify.annotations.NullMarked;
