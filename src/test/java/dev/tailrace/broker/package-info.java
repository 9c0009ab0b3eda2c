/** The broker against a ring and readers that the test holds in its own hands. */
@NullMarked
package dev.tailrace.broker;

import org.jspecify.annotations.NullMarked;
