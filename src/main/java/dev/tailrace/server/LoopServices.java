package dev.tailrace.server;

import dev.tailrace.auth.CachedFleets;
import dev.tailrace.auth.Fleets;
import dev.tailrace.broker.Broker;
import dev.tailrace.config.IngestSettings;
import dev.tailrace.config.Settings;
import dev.tailrace.egress.EgressOptions;
import dev.tailrace.egress.EgressServices;
import dev.tailrace.ingest.IngestOptions;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.storage.RingStore;
import io.vertx.core.Vertx;

/** What one event loop has for itself; built and used on it. */
record LoopServices(RingStore ring, Broker broker, Fleets fleets, IngestServices ingest, EgressServices egress) {

    static LoopServices of(Vertx vertx, NodeServices node, RingStore ring) {
        var broker = new Broker(vertx, ring, node.activity(), node.meters(), node.streamBudget(), node.filterShares());
        Fleets fleets = new CachedFleets(vertx, ring.memberships());
        var ingest = new IngestServices(
                vertx,
                broker,
                node.activity(),
                node.meters(),
                node.pendingBudget(),
                node.decoders(),
                node.rates(),
                fleets,
                node.deviceLimit(),
                options(node.settings().ingest()));
        var egress = new EgressServices(
                vertx, broker, node.meters(), egressOptions(node.settings()), node.followBudget(), ring.places());
        return new LoopServices(ring, broker, fleets, ingest, egress);
    }

    private static IngestOptions options(IngestSettings ingest) {
        return new IngestOptions(
                ingest.windowLines(),
                ingest.windowBytes(),
                ingest.pendingBytes(),
                ingest.lineBytes(),
                ingest.frameBytes(),
                ingest.bodyBytes(),
                ingest.documentBytes(),
                ingest.retry());
    }

    private static EgressOptions egressOptions(Settings settings) {
        return new EgressOptions(
                settings.streams().heartbeat(),
                settings.streams().stallLimit(),
                settings.streams().lifetime(),
                settings.drain().time().dividedBy(2),
                settings.streams().bytes(),
                settings.streams().devices());
    }
}
