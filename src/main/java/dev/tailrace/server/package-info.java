/**
 * Builds the rooms from the settings, mounts their routes and listens: the only place that wires. {@link BrokerServer} is one broker,
 * {@link LoopServer} its share of one event loop.
 */
@NullMarked
package dev.tailrace.server;

import org.jspecify.annotations.NullMarked;
