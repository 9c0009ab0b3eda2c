package dev.tailrace.egress;

import java.time.Duration;

/**
 * @param heartbeat the interval of heartbeats
 * @param stallLimit a reader that accepts no byte for this long is evicted
 * @param lifetime a stream ends after this time, or up to a quarter sooner; zero: never
 * @param reconnectSpread readers that are asked to reconnect do so at random within this time
 * @param streamBytes bytes of one stream that may wait for its socket; with more, its reader is behind
 * @param devicesPerStream the most devices of one stream
 */
public record EgressOptions(
        Duration heartbeat,
        Duration stallLimit,
        Duration lifetime,
        Duration reconnectSpread,
        int streamBytes,
        int devicesPerStream) {}
