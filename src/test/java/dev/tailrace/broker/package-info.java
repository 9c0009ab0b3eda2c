/** Tests of the broker against a scripted ring and scripted readers. */
@NullMarked
package dev.tailrace.broker;

import org.jspecify.annotations.NullMarked;
