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
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.Stores;
import io.vertx.core.Vertx;

/** What one event loop has for itself; built and used on it. */
record LoopServices(Stores stores, Broker broker, Fleets fleets, IngestServices ingest, EgressServices egress) {

    static LoopServices of(Vertx vertx, NodeServices node, Stores stores, EndOfTick endOfTick) {
        var broker = new Broker(
                vertx,
                stores.ring(),
                stores.devices(),
                node.activity(),
                node.meters().broker(),
                node.streamBudget(),
                node.filterShares());
        Fleets fleets = new CachedFleets(vertx, stores.fleets());
        var ingest = new IngestServices(
                vertx,
                broker,
                node.activity(),
                node.meters().ingest(),
                node.pendingBudget(),
                node.decoders(),
                node.rates(),
                fleets,
                node.deviceLimit(),
                endOfTick,
                options(node.settings().ingest()));
        var egress = new EgressServices(
                vertx,
                broker,
                node.meters().egress(),
                egressOptions(node.settings()),
                node.followBudget(),
                stores.fleets(),
                stores.places());
        return new LoopServices(stores, broker, fleets, ingest, egress);
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
                ingest.retry(),
                ingest.guessLevels());
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
