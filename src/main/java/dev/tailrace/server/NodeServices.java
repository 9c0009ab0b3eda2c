package dev.tailrace.server;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.auth.OpenStreams;
import dev.tailrace.auth.Revocations;
import dev.tailrace.auth.StorageClock;
import dev.tailrace.broker.Activity;
import dev.tailrace.broker.FilterShares;
import dev.tailrace.broker.StreamBudget;
import dev.tailrace.config.RateSettings;
import dev.tailrace.config.Settings;
import dev.tailrace.egress.FollowBudget;
import dev.tailrace.ingest.DeviceLimit;
import dev.tailrace.ingest.FairRoom;
import dev.tailrace.ingest.IngestMeters;
import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.Rates;
import dev.tailrace.ingest.Rates.Share;
import dev.tailrace.storage.Storage;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Function;

/**
 * What all event loops of one broker share; each part is thread-safe.
 *
 * @param authenticators makes those of one event loop that are asked before those of the settings
 */
record NodeServices(
        Settings settings,
        Storage storage,
        NodeMeters meters,
        Revocations revocations,
        StorageClock clock,
        Activity activity,
        PendingBudget pendingBudget,
        FairRoom decoders,
        StreamBudget streamBudget,
        FilterShares filterShares,
        Rates rates,
        DeviceLimit deviceLimit,
        OpenStreams streams,
        FollowBudget followBudget,
        Function<Fleets, List<Authenticator>> authenticators) {

    static NodeServices of(
            Vertx vertx,
            Settings settings,
            Storage storage,
            NodeMeters meters,
            Function<Fleets, List<Authenticator>> authenticators) {
        var clock = new StorageClock();
        var pendingBudget = new PendingBudget(settings.ingest().pendingBytes());
        meters.ingest().pendingBytes(pendingBudget::bytes);
        var streamBudget = new StreamBudget(settings.streams().pendingBytes());
        meters.egress().pendingBytes(streamBudget::held);
        return new NodeServices(
                settings,
                storage,
                meters,
                new Revocations(clock),
                clock,
                new Activity(),
                pendingBudget,
                new FairRoom(settings.ingest().decoderBytes()),
                streamBudget,
                new FilterShares(vertx, meters.broker()),
                rates(settings.rates(), meters.ingest()),
                new DeviceLimit(settings.rates().maxDevices(), meters.ingest()),
                new OpenStreams(settings.streams().perUser()),
                new FollowBudget(settings.streams().followedDevices()),
                authenticators);
    }

    private static Rates rates(RateSettings rates, IngestMeters meters) {
        return new Rates(
                new Share(rates.deviceLines(), rates.deviceBytes()),
                new Share(rates.fleetLines(), rates.fleetBytes()),
                meters);
    }
}
