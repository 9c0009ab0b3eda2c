package dev.tailrace.egress;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Lease;
import dev.tailrace.auth.Permission;
import dev.tailrace.broker.Cursor;
import dev.tailrace.broker.Eviction;
import dev.tailrace.broker.Filter;
import dev.tailrace.broker.Start;
import dev.tailrace.broker.Subscriber;
import dev.tailrace.broker.View;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The life of one reader's stream, as a response or a WebSocket, from the subscription of its devices through heartbeats
 * to its end by either side. {@link StreamDelivery} sends what the devices write. Touched on the connection's event loop
 * only.
 */
public final class LiveStream implements Checkpoints.Stream {

    private final EgressServices egress;
    private final StreamFormat format;
    private final @Nullable Filter filter;
    private final PeerSocket socket;
    private final StreamOutput output;
    private final StreamTicket ticket;
    private final FollowedDevices devices;
    private final @Nullable Checkpoints checkpoints; // null for a stream of one device
    private final boolean named; // entries and events name their device
    private final StreamMessages messages;
    private final StreamDelivery delivery;
    private final StallWatch stallWatch;
    private final long endsAt;
    private Set<LiveStream> slot = Collections.emptySet(); // of the heartbeats; immutable until the stream joins one
    private Lease lease = Lease.ENDLESS;
    private boolean firstHeartbeatSkipped;
    private @Nullable Future<Void> leaving; // completes after the last checkpoint and the farewell

    /**
     * @param resume of a reader of several devices; null for one device
     * @param token that the reader resumed with, or null
     */
    private LiveStream(EgressServices egress, StreamReader reader, @Nullable Resume resume, @Nullable String token) {
        this.egress = egress;
        this.format = reader.format();
        this.filter = reader.filter();
        this.socket = reader.socket();
        this.output = new StreamOutput(reader, egress.broker().streamBudget(), () -> egress.overdrawnBy(this));
        this.ticket = new StreamTicket(
                format.hasEventIds() ? reader.caller().identity().nextTicket() : null);
        this.devices = new FollowedDevices(egress.vertx(), egress.budget(), this);
        this.checkpoints = resume == null ? null : new Checkpoints(egress.vertx(), egress.places(), format, this);
        this.named = resume != null || format.namesDevice();
        this.messages = new StreamMessages(
                egress.vertx(),
                reader,
                output,
                ticket,
                egress.options().heartbeat(),
                token == null ? "" : token,
                resume == null ? Resume.Kind.FRESH : resume.kind(),
                this::firstId);
        this.delivery = new StreamDelivery(
                egress.vertx(),
                this,
                reader,
                output,
                messages,
                devices,
                checkpoints,
                named,
                resume == null ? Map.of() : resume.positions());
        this.stallWatch = new StallWatch(socket, egress.options().stallLimit());
        this.endsAt = System.nanoTime() + life(egress.options().lifetime());
    }

    // Spread over a quarter, so that readers who came together do not come back together.
    private static long life(Duration lifetime) {
        long nanos = lifetime.toNanos();
        return nanos == 0
                ? Long.MAX_VALUE / 2
                : nanos - ThreadLocalRandom.current().nextLong(nanos / 4 + 1);
    }

    private @Nullable String firstId() {
        return checkpoints == null ? null : checkpoints.beginning(devices.size());
    }

    // ---- the beginning

    /** Serves one device to a reader until the reader leaves or may no longer read. */
    public static void serve(EgressServices egress, StreamReader reader, DeviceId device, Start start) {
        String token = start instanceof Start.After after ? after.position().toString() : null;
        var stream = new LiveStream(egress, reader, null, token);
        stream.lease = stream.lease(reader.caller(), List.of(device));
        stream.begin(Map.of(device, start));
    }

    /**
     * Serves several devices. Entries name their device, and checkpoints report the positions.
     *
     * @param token that the reader resumed with, or null
     */
    static void serveSeveral(
            EgressServices egress,
            StreamReader reader,
            Map<DeviceId, Start> starts,
            Resume resume,
            @Nullable String token) {
        var stream = new LiveStream(egress, reader, resume, token);
        stream.lease = stream.lease(reader.caller(), starts.keySet());
        stream.begin(starts);
    }

    /** Serves all devices of a fleet, as {@link #serveSeveral} does, as long as the caller may read the fleet. */
    static void serveFleet(
            EgressServices egress,
            StreamReader reader,
            Map<DeviceId, Start> starts,
            Resume resume,
            @Nullable String token,
            FleetId fleet) {
        var stream = new LiveStream(egress, reader, resume, token);
        Lease lease = stream.lease(reader.caller(), List.of());
        Runnable leave = egress.fleets().join(fleet, devices -> stream.guarded(following -> following.follow(devices)));
        stream.lease = () -> {
            lease.release();
            leave.run();
        };
        stream.begin(starts);
    }

    private Lease lease(Caller caller, Collection<DeviceId> devices) {
        return caller.lease(Permission.LOGS_READ, devices, this::over);
    }

    private void over(Lease.End end) {
        guarded(stream -> stream.sayGoodbye(Farewell.refused(end.reason(), egress.options())));
    }

    private void begin(Map<DeviceId, Start> starts) {
        devices.add(starts);
        guarded(LiveStream::listen);
        guarded(stream -> stream.devices.subscribeSome());
        if (egress.isDraining()) { // since the request came
            leave();
        }
    }

    private void listen() {
        socket.listen(delivery::goOn, this::close);
        if (isClosed()) {
            return; // or the heartbeats would keep it
        }
        slot = egress.pulse().join(this);
        stallWatch.begin(egress.pulse().nanos());
        keepTicket();
        messages.begin(() -> guarded(stream -> stream.messages.head()));
    }

    // ---- devices

    /** The fleet has exactly these devices now. */
    private void follow(List<DeviceId> members) {
        if (isClosed()) {
            return;
        }
        if (members.size() > egress.options().devicesPerStream()) {
            sayGoodbye(Farewell.refused("too many devices for one stream", egress.options()));
            return;
        }
        devices.replace(members);
    }

    Cursor subscribe(DeviceId device, Start start) {
        View view = named ? format.view(device, filter) : ticket.view(format, filter);
        return egress.broker().subscribe(device, start, view, delivery);
    }

    /** A device is no longer followed, and its cursor is closed. */
    void left(Cursor cursor) {
        delivery.left(cursor);
    }

    /** What the cursors of its devices hand over goes here. */
    Subscriber delivery() {
        return delivery;
    }

    boolean isClosed() {
        return output.isClosed();
    }

    // ---- what checkpoints are made of

    @Override
    public List<Cursor> cursors() {
        return devices.cursors();
    }

    @Override
    public boolean allOpen() {
        return devices.areAllOpen();
    }

    @Override
    public boolean isFull() {
        return delivery.isFull();
    }

    @Override
    public void checkpoint(JsonObject data, @Nullable String id) {
        messages.event("checkpoint", data, id);
    }

    // ---- exceptions

    @Override
    public void run(Runnable call) {
        guarded(stream -> call.run());
    }

    /** Makes a call; if it throws, this stream ends, and no other. */
    void guarded(Consumer<LiveStream> call) {
        try {
            call.accept(this);
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    /** Ends this stream because of an exception, which is counted and logged. */
    void fail(Throwable failure) {
        try {
            end();
        } finally {
            egress.broker().failures().ofReader(failure);
        }
    }

    // ---- heartbeats

    /** Called once per heartbeat interval. */
    void beat() {
        if (stallWatch.hasStalled(egress.pulse().nanos())) {
            evict(Eviction.STALLED);
        }
        if (isClosed()) {
            return;
        }
        if (checkpoints != null) {
            checkpoints.beat();
        }
        keepTicket();
        if (isFull() || !messages.isHeadSent()) {
            return;
        }
        if (format.skipsFirstHeartbeat() && !firstHeartbeatSkipped) {
            firstHeartbeatSkipped = true;
            return;
        }
        if (endsAt - System.nanoTime() < 0 && format.hasLifetime()) {
            sayGoodbye(Farewell.lifetime());
            return;
        }
        heartbeat();
    }

    private void heartbeat() {
        String place = null;
        if (!delivery.takeHadEntries() && isFiltered() && allOpen()) {
            // Or the reader would resume before what the filter has hidden, and read it again or get a gap.
            if (checkpoints != null) {
                checkpoints.now();
            } else {
                place = cursors().get(0).position().toString();
            }
        }
        messages.heartbeat(place);
    }

    private boolean isFiltered() {
        return !cursors().isEmpty() && cursors().get(0).view().filter() != null;
    }

    /** For a few heartbeats, because one or two may fail to renew it. */
    private void keepTicket() {
        ticket.keep(egress.options().heartbeat().multipliedBy(3));
    }

    // ---- the end

    /** Evicts the reader if bytes wait for it; a reader that keeps up has accepted all that it was handed. */
    void evictIfHolding() {
        if (!isClosed() && socket.waiting() > 0) {
            evict(Eviction.MEMORY);
        }
    }

    private void evict(Eviction reason) {
        egress.evicted(reason);
        end();
    }

    /** Ends now, without a farewell: the reader sees that the stream is not complete, and resumes. */
    void end() {
        try {
            close();
        } finally {
            socket.abort(egress.options().stallLimit());
        }
    }

    /** As {@link #leave}; a stream that throws is ended, and the others leave. */
    Future<Void> leaveGuarded() {
        try {
            return leave();
        } catch (RuntimeException failure) {
            fail(failure);
            return Future.succeededFuture();
        }
    }

    /** Asks the reader to reconnect a little later, because the broker shuts down, and ends. */
    Future<Void> leave() {
        Future<Void> left = sayGoodbye(Farewell.draining(egress.options()));
        stallWatch.cutWhenStalled(egress.vertx(), left);
        return left;
    }

    private Future<Void> sayGoodbye(Farewell farewell) {
        if (leaving != null) {
            return leaving;
        }
        if (isClosed()) {
            return Future.succeededFuture();
        }
        if (format.endsByClosing()) {
            close();
            return socket.hangUp().otherwiseEmpty();
        }
        ticket.keep(farewell.spread());
        if (checkpoints == null) {
            return finish(farewell);
        }
        Future<Void> left = checkpoints.last().otherwiseEmpty().compose(written -> finish(farewell));
        leaving = left;
        return left;
    }

    private Future<Void> finish(Farewell farewell) {
        if (isClosed()) {
            return Future.succeededFuture();
        }
        messages.bye(farewell);
        close();
        return socket.end(egress.isDraining(), farewell.closeCode(), farewell.closeReason())
                .otherwiseEmpty(); // a failure means that the peer is gone
    }

    private void close() {
        if (isClosed()) {
            return;
        }
        output.close();
        messages.close();
        slot.remove(this);
        lease.release();
        try {
            if (checkpoints != null) {
                checkpoints.close();
            }
        } finally {
            devices.close();
        }
    }
}
