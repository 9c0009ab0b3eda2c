/**
 * What tests share: brokers in this JVM and as processes, readers with an auditor, a device, Redis servers alone, in a cluster and
 * under sentinels, scripted storage, and a network that fails on demand.
 */
@NullMarked
package dev.tailrace.testing;

import org.jspecify.annotations.NullMarked;
