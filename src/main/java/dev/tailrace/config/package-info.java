/**
 * The settings of a broker, in groups by subject: read once from the options and the environment, and checked. It is the only room that
 * reads the environment.
 */
@NullMarked
package dev.tailrace.config;

import org.jspecify.annotations.NullMarked;
