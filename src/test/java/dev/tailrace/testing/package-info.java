/**
 * What tests run against: real Redis servers, alone, in a cluster and under sentinels, and a network that fails on demand.
 */
@NullMarked
package dev.tailrace.testing;

import org.jspecify.annotations.NullMarked;
