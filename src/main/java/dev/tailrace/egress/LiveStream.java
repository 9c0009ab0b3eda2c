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
import dev.tailrace.model.Gap;
import dev.tailrace.model.Position;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
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
 * The response or WebSocket of one reader: what the cursors of its devices hand over, entries as well as gaps, clears
 * and the state of storage, and heartbeats between them. A stream is full when too many of the bytes that it has
 * written are not accepted yet. Touched on the connection's event loop only.
 */
public final class LiveStream implements Subscriber, Checkpoints.Stream {

    /** The head is sent after this time at the latest, though storage does not answer. */
    private static final long OPEN_MILLIS = 500;

    /** A reader that loses its connection soon after the head reconnects after this time, and up to twice as long. */
    private static final int RETRY_MILLIS = 1000;

    private static final long NO_TIMER = -1;

    private final EgressServices egress;
    private final String account; // its share of time is charged for the filter
    private final StreamFormat format;
    private final PeerSocket socket;
    private final StreamOutput output;
    private final FollowedDevices devices;
    private final CursorTurns turns;
    private final StallWatch stallWatch;
    private final @Nullable Checkpoints checkpoints; // null for a stream of one device
    private final boolean named; // entries and events name their device
    private final StreamTicket ticket;
    private final String token; // that the reader resumed with; empty for none
    private final Resume.Kind resumed;
    private final @Nullable Filter filter;
    private final long endsAt;
    private @Nullable Cursor sole; // of a stream of one device, once it is open
    private Map<DeviceId, Position> known; // positions that the reader resumed with; empty once all devices are open
    private int unavailable; // cursors whose storage is unavailable
    private Set<LiveStream> slot = Collections.emptySet(); // of the heartbeats; immutable until the stream joins one
    private Lease lease = Lease.ENDLESS;
    private boolean headSent;
    private @Nullable Future<Void> leaving; // completes after the last checkpoint and the farewell
    private boolean closed;
    private long openTimer = NO_TIMER;
    private boolean entriesSinceBeat;
    private boolean firstHeartbeatSkipped;

    /**
     * @param resume of a reader of several devices; null for one device
     * @param token that the reader resumed with, or null
     */
    private LiveStream(EgressServices egress, StreamReader reader, @Nullable Resume resume, @Nullable String token) {
        this.egress = egress;
        this.account = reader.caller().account(reader.socket().address());
        this.format = reader.format();
        this.socket = reader.socket();
        this.filter = reader.filter();
        this.output = new StreamOutput(reader, egress.broker().streamBudget(), () -> egress.overdrawnBy(this));
        this.devices = new FollowedDevices(egress.vertx(), egress.budget(), this);
        this.turns = new CursorTurns(egress.vertx(), this);
        this.stallWatch = new StallWatch(socket, egress.options().stallLimit());
        this.checkpoints = resume == null ? null : new Checkpoints(egress.vertx(), egress.places(), format, this);
        this.named = resume != null || format.namesDevice();
        this.ticket = new StreamTicket(
                format.hasEventIds() ? reader.caller().identity().nextTicket() : null);
        this.token = token == null ? "" : token;
        this.resumed = resume == null ? Resume.Kind.FRESH : resume.kind();
        this.known = resume == null ? Map.of() : resume.positions();
        this.endsAt = System.nanoTime() + life(egress.options().lifetime());
    }

    // Spread over a quarter, so that readers who came together do not come back together.
    private static long life(Duration lifetime) {
        long nanos = lifetime.toNanos();
        return nanos == 0
                ? Long.MAX_VALUE / 2
                : nanos - ThreadLocalRandom.current().nextLong(nanos / 4 + 1);
    }

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
        socket.listen(turns::take, this::close);
        if (closed) {
            return; // or the heartbeats would keep it
        }
        slot = egress.pulse().join(this);
        stallWatch.begin(egress.pulse().nanos());
        keepTicket();
        openTimer = egress.vertx().setTimer(OPEN_MILLIS, id -> guarded(LiveStream::sendHead));
        if (format.headAlone()) {
            sendHead(); // such a head does not depend on the reader's position
        }
    }

    // ---- devices

    /** The fleet has exactly these devices now. */
    private void follow(List<DeviceId> members) {
        if (closed) {
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
        return egress.broker().subscribe(device, start, view, this);
    }

    /** A device is no longer followed, and its cursor is closed. */
    void left(Cursor cursor) {
        turns.remove(cursor);
        countUnavailable(cursor.isStorageUnavailable() ? -1 : 0);
        if (checkpoints != null) {
            checkpoints.left(cursor);
        }
    }

    boolean isClosed() {
        return closed;
    }

    // ---- what cursors hand over

    @Override
    public Object caller() {
        return account;
    }

    @Override
    public boolean isFull() {
        return closed || socket.isFull();
    }

    @Override
    public boolean isShared() {
        return devices.cursors().size() > 1;
    }

    @Override
    public void waits(Cursor cursor) {
        turns.await(cursor);
    }

    @Override
    public void missedTurn(Cursor cursor) {
        turns.missed(cursor);
    }

    @Override
    public void opened(Cursor cursor) {
        devices.opened();
        if (checkpoints != null) {
            checkpoints.opened(cursor, cursor.position().equals(known.get(cursor.device())));
            known = allOpen() ? Map.of() : known;
        } else {
            sole = cursor;
            sendPlace(withTicket(cursor.position().toString()));
        }
    }

    @Override
    public void entries(Cursor cursor, ByteBuf encoded) {
        sendHead();
        entriesSinceBeat = true;
        if (!closed) {
            output.entries(encoded);
        }
        moved(cursor);
    }

    @Override
    public void passedOver(Cursor cursor) {
        if (checkpoints != null) {
            checkpoints.passedOver(cursor);
        }
    }

    private void moved(Cursor cursor) {
        if (checkpoints != null) {
            checkpoints.moved(cursor);
        }
    }

    @Override
    public void gap(Cursor cursor, Gap gap) {
        Position to = gap.to();
        event("gap", cursor, GapJson.of(gap), to == null ? null : to.toString());
    }

    @Override
    public void cleared(Cursor cursor, long offset) {
        String to = new Position(cursor.position().epoch(), offset).toString();
        event("clear", cursor, new JsonObject().put("to", to), cursor.position().toString());
    }

    @Override
    public void failed(Cursor cursor) {
        end();
    }

    @Override
    public void storage(Cursor cursor, boolean nowUnavailable) {
        boolean changed = countUnavailable(nowUnavailable ? 1 : -1);
        JsonObject data = new JsonObject().put("storage", nowUnavailable ? "away" : "back");
        if (devices.size() <= Checkpoints.MANY) {
            event("status", cursor, data, null);
        } else if (changed) { // one event for all devices, or an outage would be ten thousand
            sendHead();
            write(format.event("status", data, null));
        }
    }

    /** Returns whether storage became unavailable for the first cursor, or available for the last. */
    private boolean countUnavailable(int change) {
        int before = unavailable;
        unavailable += change;
        if (unavailable == 0 && before > 0 && checkpoints != null) {
            checkpoints.storageIsBack();
        }
        return (before == 0) != (unavailable == 0);
    }

    private void event(String name, Cursor cursor, JsonObject data, @Nullable String id) {
        sendHead();
        if (named) {
            data.put("device", cursor.device().value());
        }
        moved(cursor);
        write(format.event(name, data, checkpoints != null || id == null ? null : withTicket(id)));
    }

    // ---- writing

    /** The head is sent as soon as the reader's position is known, and soon in any case. */
    private void sendHead() {
        sendHead(null);
    }

    private void sendPlace(String id) {
        if (headSent || !sendHead(id)) {
            write(format.place(id, alive()));
        }
    }

    /**
     * Sends the head, once. While the position is not known, perhaps for long because storage is unavailable, the head
     * has the ticket that the reader needs to resume again where it resumed now.
     *
     * @param id of the reader's position, or null
     * @return whether the id was sent with the head
     */
    private boolean sendHead(@Nullable String id) {
        if (headSent || closed) {
            return false;
        }
        headSent = true;
        egress.vertx().cancelTimer(openTimer);
        if (format.headAlone() && socket.writeHead()) {
            return false;
        }
        JsonObject alive = alive();
        String first = id == null && ticket.exists() ? withTicket(token) : id;
        int retry = RETRY_MILLIS + ThreadLocalRandom.current().nextInt(RETRY_MILLIS);
        Buffer begin = format.begin(first, alive, retry);
        write(begin == null ? format.heartbeat(alive) : begin);
        if (resumed == Resume.Kind.LOST) {
            JsonObject gap = new JsonObject().putNull("count").put("reason", "place-lost");
            write(format.event("gap", gap, null));
        }
        if (checkpoints != null && resumed != Resume.Kind.KNOWN) {
            String lost = checkpoints.beginning(devices.size());
            write(lost == null ? null : format.place(withTicket(lost), alive));
        }
        return begin != null;
    }

    /** The data of a heartbeat: a reader sees that its stream is alive, and how far behind it is. */
    private JsonObject alive() {
        JsonObject alive = new JsonObject();
        if (sole != null) {
            alive.put("head", sole.head().toString());
        }
        return alive.put("time", System.currentTimeMillis())
                .put("interval", egress.options().heartbeat().toMillis());
    }

    private void write(@Nullable Buffer bytes) {
        if (bytes != null && !closed) {
            output.event(bytes);
        }
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
    public void checkpoint(@Nullable Buffer event) {
        sendHead();
        write(event);
    }

    @Override
    public String withTicket(String id) {
        return ticket.addTo(id);
    }

    /** For a few heartbeats, because one or two may fail to renew it. */
    private void keepTicket() {
        ticket.keep(egress.options().heartbeat().multipliedBy(3));
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
        if (closed) {
            return;
        }
        if (checkpoints != null) {
            checkpoints.beat();
        }
        keepTicket();
        if (isFull() || !headSent) {
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
        Buffer place = null;
        if (!entriesSinceBeat && isFiltered() && allOpen()) {
            // Or the reader would resume before what the filter has hidden, and read it again or get a gap.
            if (checkpoints != null) {
                checkpoints.now();
            } else {
                place = format.place(withTicket(cursors().get(0).position().toString()), alive());
            }
        }
        entriesSinceBeat = false;
        write(place == null ? format.heartbeat(alive()) : place);
    }

    private boolean isFiltered() {
        return !cursors().isEmpty() && cursors().get(0).view().filter() != null;
    }

    // ---- the end

    /** Evicts the reader if bytes wait for it; a reader that keeps up has accepted all that it was handed. */
    void evictIfHolding() {
        if (!closed && socket.waiting() > 0) {
            evict(Eviction.MEMORY);
        }
    }

    private void evict(Eviction reason) {
        egress.evicted(reason);
        end();
    }

    /** Ends now, without a farewell: the reader sees that the stream is not complete, and resumes. */
    private void end() {
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
        if (closed) {
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
        if (closed) {
            return Future.succeededFuture();
        }
        sendHead(); // its ticket is the one to reconnect with
        write(format.bye(farewell.reason(), farewell.retryMillis()));
        close();
        return socket.end(egress.isDraining(), farewell.closeCode(), farewell.closeReason())
                .otherwiseEmpty(); // a failure means that the peer is gone
    }

    private void close() {
        if (closed) {
            return;
        }
        closed = true;
        slot.remove(this);
        lease.release();
        egress.vertx().cancelTimer(openTimer);
        try {
            if (checkpoints != null) {
                checkpoints.close();
            }
        } finally {
            try {
                devices.close();
            } finally {
                output.close();
            }
        }
    }
}
