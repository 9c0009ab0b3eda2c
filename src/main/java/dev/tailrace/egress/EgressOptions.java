package dev.tailrace.egress;

import java.time.Duration;

/**
 * @param heartbeat a stream says that it is alive this often
 * @param stallLimit a reader that accepts no byte for this long is evicted
 * @param lifetime a stream ends after so long, or up to a quarter sooner; zero: never
 * @param reconnectSpread readers that are sent away come back spread over this time
 * @param streamBytes bytes of one stream that may wait for its socket; above, its reader is behind
 * @param devicesPerStream at most so many devices on one stream
 */
public record EgressOptions(
        Duration heartbeat,
        Duration stallLimit,
        Duration lifetime,
        Duration reconnectSpread,
        int streamBytes,
        int devicesPerStream) {}
