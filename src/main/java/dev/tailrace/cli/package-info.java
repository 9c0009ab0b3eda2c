/**
 * The commands. They speak only the public wire protocol, so that any other program can do the same.
 * Blocking is allowed here: a command is a process of its own.
 */
@NullMarked
package dev.tailrace.cli;

import org.jspecify.annotations.NullMarked;
