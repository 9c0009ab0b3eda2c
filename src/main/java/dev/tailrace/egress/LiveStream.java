package dev.tailrace.egress;

import static dev.tailrace.egress.PeerSocket.GOING_AWAY;
import static dev.tailrace.egress.PeerSocket.POLICY_VIOLATION;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Lease;
import dev.tailrace.auth.NextTicket;
import dev.tailrace.auth.Permission;
import dev.tailrace.broker.Cursor;
import dev.tailrace.broker.Filter;
import dev.tailrace.broker.Start;
import dev.tailrace.broker.Subscriber;
import dev.tailrace.broker.View;
import dev.tailrace.http.Gzip;
import dev.tailrace.metrics.Meters.Eviction;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.model.Gap;
import dev.tailrace.model.Position;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reader's response or WebSocket: entries of one device or several as they come, and between them gaps, clears and the state of
 * storage. Its back-pressure is the bytes it has written and the peer has not accepted yet. Touched on the connection's event
 * loop only.
 */
public final class LiveStream implements Subscriber, Checkpoints.Stream {

    private static final Logger log = LoggerFactory.getLogger(LiveStream.class);

    /** A reader whose storage does not answer gets its headers after this. */
    private static final long OPEN_MILLIS = 500;

    /** Devices whose streams begin and end in one turn of the event loop; the others of a fleet in later turns. */
    private static final int SLICE = 128;

    /** While the broker leaves, a reader that accepts no byte for this long is cut off. */
    static final long LEAVING_MILLIS = 2000;

    /** Between two slices. Tasks alone would not let the event loop read its sockets for up to a second. */
    private static final long SLICE_MILLIS = 1;

    private static final long NO_TIMER = -1;

    /** Over this time come back those whose streams were long enough, and which do not end together. */
    private static final Duration SOON = Duration.ofMillis(400);

    private final EgressServices egress;
    private final String account; // whose share of time its filter takes
    private final StreamFormat format;
    private final PeerSocket socket;
    private final @Nullable Checkpoints checkpoints; // null for a stream of one device
    private final boolean named; // entries and events say of which device they are
    private final @Nullable Gzip gzip;
    private final @Nullable NextTicket nextTicket; // in each event id
    private final String token; // with which the reader came; empty when with none
    private @Nullable Cursor sole; // of a stream of one device, once it is open
    private final Resume.Kind resumed;
    private final @Nullable Filter filter;
    private Map<DeviceId, Position> known; // to the reader, which came with them; none once all devices are open
    private final List<Cursor> cursors = new ArrayList<>(1);
    private Set<Cursor> waiting = Set.of(); // for their turn
    private Set<Cursor> missed = Set.of(); // likewise, and come first
    private boolean turnsBegin;
    private final Map<DeviceId, Start> toFollow = new LinkedHashMap<>(); // devices that are still to be followed
    private int followed; // devices, as they were counted
    private int open; // of the cursors
    private int away; // likewise
    private Set<LiveStream> slot = Collections.emptySet(); // from which a stream may be removed that never joined
    private Lease lease = Lease.ENDLESS;
    private boolean headSent;
    private boolean leaving; // when the last checkpoint is told
    private @Nullable Future<Void> goodbye; // of a stream that is leaving
    private boolean closed;
    private long openTimer = NO_TIMER;
    private boolean entriesSinceBeat;
    private boolean wasAttended; // by the pulse, when a heartbeat could be written
    private long progress; // of the socket, at the last beat
    private long progressAt;
    private final long endsAt;

    /**
     * @param resume of a reader of several devices; null for one device
     * @param token with which the reader came, or null
     */
    private LiveStream(
            EgressServices egress,
            Caller caller,
            StreamFormat format,
            PeerSocket socket,
            @Nullable Resume resume,
            @Nullable String token,
            @Nullable Filter filter,
            @Nullable Gzip gzip) {
        this.egress = egress;
        this.account = caller.account(socket.address());
        this.format = format;
        this.socket = socket;
        this.resumed = resume == null ? Resume.Kind.FRESH : resume.kind();
        this.known = resume == null ? Map.of() : resume.positions();
        this.checkpoints = resume == null ? null : new Checkpoints(egress.vertx(), egress.places(), format, this);
        this.named = resume != null || format.namesDevice();
        this.token = token == null ? "" : token;
        this.filter = filter;
        this.gzip = gzip;
        this.nextTicket = format.hasEventIds() ? caller.identity().nextTicket() : null;
        this.endsAt = System.nanoTime() + life(egress.options().lifetime());
    }

    // Spread over a quarter, so that readers who came together do not come back together.
    private static long life(Duration lifetime) {
        long nanos = lifetime.toNanos();
        return nanos == 0
                ? Long.MAX_VALUE / 2
                : nanos - ThreadLocalRandom.current().nextLong(nanos / 4 + 1);
    }

    /**
     * Serves one device to a reader until it leaves.
     *
     * @param caller reads as long as it may
     */
    public static void serve(
            EgressServices egress,
            Caller caller,
            StreamFormat format,
            PeerSocket socket,
            DeviceId device,
            Start start,
            @Nullable Filter filter) {
        serve(egress, caller, format, socket, device, start, filter, null);
    }

    /** @param gzip compresses what is written, and is closed with the stream; or null */
    public static void serve(
            EgressServices egress,
            Caller caller,
            StreamFormat format,
            PeerSocket socket,
            DeviceId device,
            Start start,
            @Nullable Filter filter,
            @Nullable Gzip gzip) {
        String token = start instanceof Start.After after ? after.position().toString() : null;
        var stream = new LiveStream(egress, caller, format, socket, null, token, filter, gzip);
        stream.lease = stream.lease(caller, List.of(device));
        stream.begin(Map.of(device, start));
    }

    /**
     * Serves several devices; entries name theirs, and places are told as checkpoints.
     *
     * @param token with which the reader came, or null
     */
    static void serveSeveral(
            EgressServices egress,
            Caller caller,
            StreamFormat format,
            PeerSocket socket,
            Map<DeviceId, Start> starts,
            Resume resume,
            @Nullable String token,
            @Nullable Filter filter) {
        var stream = new LiveStream(egress, caller, format, socket, resume, token, filter, null);
        stream.lease = stream.lease(caller, starts.keySet());
        stream.begin(starts);
    }

    /** Serves all devices of a fleet, as long as the reader may read the fleet. */
    static void serveFleet(
            EgressServices egress,
            Caller caller,
            StreamFormat format,
            PeerSocket socket,
            Map<DeviceId, Start> starts,
            Resume resume,
            @Nullable String token,
            @Nullable Filter filter,
            FleetId fleet) {
        var stream = new LiveStream(egress, caller, format, socket, resume, token, filter, null);
        Lease lease = stream.lease(caller, List.of());
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

    private void begin(Map<DeviceId, Start> starts) {
        toFollow.putAll(starts);
        count(toFollow.size());
        guarded(LiveStream::listen);
        guarded(LiveStream::subscribeSome);
        if (egress.isDraining()) { // since the request came
            leave();
        }
    }

    private void over(Lease.End end) {
        guarded(stream -> stream.sayGoodbye(end.reason()));
    }

    /** The devices are these now: others are let go, and new ones begin with their next entry. */
    private void follow(List<DeviceId> devices) {
        if (closed) {
            return;
        }
        if (devices.size() > egress.options().devicesPerStream()) {
            sayGoodbye("too many devices for one stream");
            return;
        }
        Set<DeviceId> wanted = new LinkedHashSet<>(devices);
        toFollow.keySet().retainAll(wanted);
        wanted.removeAll(toFollow.keySet());
        cursors.removeIf(cursor -> !wanted.remove(cursor.device()) && release(cursor));
        boolean idle = toFollow.isEmpty();
        wanted.forEach(device -> toFollow.put(device, new Start.Tail(0)));
        count(cursors.size() + toFollow.size());
        if (idle) {
            subscribeSome();
        }
    }

    private boolean release(Cursor cursor) {
        cursor.close();
        if (!waiting.isEmpty()) {
            waiting.remove(cursor);
        }
        if (!missed.isEmpty()) {
            missed.remove(cursor);
        }
        open -= cursor.isOpen() ? 1 : 0;
        countAway(cursor.isAway() ? -1 : 0);
        if (checkpoints != null) {
            checkpoints.left(cursor);
        }
        return true;
    }

    private void listen() {
        socket.listen(this::drained, this::close);
        if (closed) {
            return; // or the pulse would keep it
        }
        slot = egress.pulse().join(this);
        progressAt = egress.pulse().nanos();
        keepTicket(untilNextBeats());
        openTimer = egress.vertx().setTimer(OPEN_MILLIS, id -> guarded(LiveStream::sendHead));
        if (format.headAlone()) {
            sendHead(); // which says nothing of the reader's place
        }
    }

    private void subscribeSome() {
        Iterator<Map.Entry<DeviceId, Start>> next = toFollow.entrySet().iterator();
        for (int i = 0; i < SLICE && next.hasNext() && !closed; i++) {
            Map.Entry<DeviceId, Start> one = next.next();
            next.remove();
            subscribe(one.getKey(), one.getValue());
        }
        if (!toFollow.isEmpty()) {
            egress.vertx().setTimer(SLICE_MILLIS, id -> guarded(LiveStream::subscribeSome));
        }
    }

    private void subscribe(DeviceId device, Start start) {
        View view = nextTicket == null || named
                ? format.view(named ? device : null, filter)
                : new View(new EntryJson.Sse(null, nextTicket.suffix()), filter);
        Cursor cursor = egress.broker().subscribe(device, start, view, this);
        cursors.add(cursor);
        if (closed) {
            cursor.close();
        }
    }

    /** How many devices this stream follows now. */
    private void count(int devices) {
        egress.budget().follow(devices - followed);
        followed = devices;
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
    public void opened(Cursor cursor) {
        open++;
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
            put(encoded);
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
    public void storage(Cursor cursor, boolean nowAway) {
        boolean changed = countAway(nowAway ? 1 : -1);
        JsonObject data = new JsonObject().put("storage", nowAway ? "away" : "back");
        if (cursors.size() + toFollow.size() <= Checkpoints.MANY) {
            event("status", cursor, data, null);
        } else if (changed) { // once for all, or an outage would be ten thousand events
            sendHead();
            write(format.event("status", data, null));
        }
    }

    /** Whether that was the first device whose storage went away, or the last. */
    private boolean countAway(int change) {
        int before = away;
        away += change;
        if (away == 0 && before > 0 && checkpoints != null) {
            checkpoints.storageIsBack();
        }
        return (before == 0) != (away == 0);
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

    /** Headers leave as soon as the reader's place is known, and soon in any case. */
    private void sendHead() {
        sendHead(null);
    }

    private void sendPlace(String id) {
        if (headSent || !sendHead(id)) {
            write(format.place(id, alive()));
        }
    }

    /**
     * With the place, or until that is known, which may be never while storage is unavailable, with the ticket that the reader needs
     * to come again where it came before.
     *
     * @return whether the place was sent with it
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
        String first = id == null && nextTicket != null ? withTicket(token) : id;
        Buffer begin =
                format.begin(first, alive, 1000 + ThreadLocalRandom.current().nextInt(1000));
        write(begin == null ? format.heartbeat(alive) : begin);
        if (resumed == Resume.Kind.LOST) {
            JsonObject gap = new JsonObject().putNull("count").put("reason", "place-lost");
            write(format.event("gap", gap, null));
        }
        if (checkpoints != null && resumed != Resume.Kind.KNOWN) {
            String lost = checkpoints.beginning(cursors.size() + toFollow.size());
            write(lost == null ? null : format.place(withTicket(lost), alive));
        }
        return begin != null;
    }

    /** What a reader needs to see that its stream is alive, and how far behind it is. */
    private JsonObject alive() {
        JsonObject alive = new JsonObject();
        if (sole != null) {
            alive.put("head", sole.head().toString());
        }
        return alive.put("time", System.currentTimeMillis())
                .put("interval", egress.options().heartbeat().toMillis());
    }

    private void write(@Nullable Buffer bytes) {
        if (bytes == null || closed) {
            return;
        }
        if (gzip == null) {
            send(format.pack(bytes));
        } else {
            ByteBuf chunk = format.pack(bytes);
            put(chunk);
            chunk.release();
        }
    }

    /** Flushed out of the compressor each time, or a reader would wait for what fills its block. */
    private void put(ByteBuf chunk) {
        if (gzip == null) {
            socket.write(chunk);
            relieve();
        } else {
            send(HttpChunk.of(gzip.flushed(ByteBufUtil.getBytes(chunk))));
        }
    }

    private void send(ByteBuf own) {
        ByteBuf counted = egress.broker().streamBudget().counted(own);
        socket.write(counted);
        counted.release();
        relieve();
    }

    private void relieve() {
        if (egress.broker().streamBudget().isOverdrawn()) {
            egress.overdrawnBy(this);
        }
    }

    /** What a reader that keeps up was handed is accepted by now. */
    void evictIfHolding() {
        if (!closed && socket.waiting() > 0) {
            egress.meters().evicted(Eviction.MEMORY);
            end();
        }
    }

    // ---- turns

    @Override
    public boolean isShared() {
        return cursors.size() > 1;
    }

    @Override
    public void waits(Cursor cursor) {
        if (waiting.isEmpty()) {
            waiting = new LinkedHashSet<>(2); // none while nobody waits, as usual
        }
        waiting.add(cursor);
        if (isShared() && !turnsBegin && !isFull()) {
            turnsBegin = true;
            egress.vertx().runOnContext(nothing -> {
                turnsBegin = false;
                takeTurns();
            });
        }
    }

    @Override
    public void missedTurn(Cursor cursor) {
        if (missed.isEmpty()) {
            missed = new LinkedHashSet<>(2);
        }
        missed.add(cursor);
    }

    private void drained() {
        takeTurns();
    }

    /** Each cursor that waits goes on, in the order in which they came; who waits again comes after the others. */
    private void takeTurns() {
        for (int due = missed.size() + waiting.size(); due > 0 && !isFull(); due--) {
            Set<Cursor> first = missed.isEmpty() ? waiting : missed;
            Cursor next = first.iterator().next();
            first.remove(next);
            next.drained();
        }
    }

    // ---- what checkpoints are made of

    @Override
    public List<Cursor> cursors() {
        return cursors;
    }

    @Override
    public void checkpoint(@Nullable Buffer event) {
        sendHead();
        write(event);
    }

    @Override
    public void run(Runnable call) {
        guarded(stream -> call.run());
    }

    @Override
    public boolean allOpen() {
        return toFollow.isEmpty() && open == cursors.size();
    }

    // ---- the ticket to come again with

    @Override
    public String withTicket(String id) {
        return nextTicket == null ? id : id + nextTicket.suffix();
    }

    private Duration untilNextBeats() {
        return egress.options().heartbeat().multipliedBy(3); // one or two may fail
    }

    private void keepTicket(Duration atLeast) {
        if (nextTicket != null) {
            nextTicket.keep(atLeast).onFailure(cause -> log.debug("A ticket may expire while storage is unavailable"));
        }
    }

    // ---- exceptions

    /** Makes a call that ends this stream, and no other, when it throws. */
    void guarded(Consumer<LiveStream> call) {
        try {
            call.accept(this);
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    /** Ends this stream because of an exception, which is counted and reported. */
    void fail(Throwable failure) {
        try {
            end();
        } finally {
            egress.broker().failures().ofReader(failure);
        }
    }

    /** Ends now, without a farewell: the reader sees that the stream is not whole, and resumes. */
    private void end() {
        try {
            close();
        } finally {
            socket.abort(egress.options().stallLimit());
        }
    }

    // ---- heartbeats and the end

    /** Once per heartbeat interval. */
    void beat() {
        evictIfStalled();
        if (closed) {
            return;
        }
        if (checkpoints != null) {
            checkpoints.beat();
        }
        keepTicket(untilNextBeats());
        if (isFull() || !headSent) {
            return;
        }
        if (format.skipsFirstHeartbeat() && !wasAttended) {
            wasAttended = true;
            return;
        }
        if (endsAt - System.nanoTime() < 0 && format.hasLifetime()) {
            sayGoodbye("lifetime", SOON, GOING_AWAY, "reconnect");
            return;
        }
        Buffer place = null;
        if (!entriesSinceBeat
                && isFiltered()
                && allOpen()) { // or what the filter hides would be read again, or be a gap
            if (checkpoints != null) {
                checkpoints.now();
            } else {
                place = format.place(withTicket(cursors.get(0).position().toString()), alive());
            }
        }
        entriesSinceBeat = false;
        write(place == null ? format.heartbeat(alive()) : place);
    }

    private boolean isFiltered() {
        return !cursors.isEmpty() && cursors.get(0).view().filter() != null;
    }

    private void evictIfStalled() {
        long seen = socket.progress();
        long now = egress.pulse().nanos(); // a pause of the process is none of the reader's
        if (socket.waiting() == 0 || seen != progress) {
            progress = seen;
            progressAt = now;
        } else if (now - progressAt >= egress.options().stallLimit().toNanos()) {
            egress.meters().evicted(Eviction.STALLED);
            end();
        }
    }

    /** Tells the reader to come back a little later, for the broker goes away, and ends. */
    Future<Void> leave() {
        Future<Void> left = sayGoodbye(
                "draining", egress.options().reconnectSpread(), GOING_AWAY, "the broker is shutting down; reconnect");
        cutWhenStalled(left, socket.progress());
        return left;
    }

    /** A reader that accepts nothing would hold up the end of the broker; it resumes from its position like the others. */
    private void cutWhenStalled(Future<Void> left, long seen) {
        if (left.isComplete()) {
            return;
        }
        egress.vertx().setTimer(LEAVING_MILLIS, id -> {
            long now = socket.progress();
            if (now != seen) {
                cutWhenStalled(left, now);
            } else if (!left.isComplete()) {
                socket.abort(Duration.ofMillis(LEAVING_MILLIS));
            }
        });
    }

    /** As {@link #leave}; a stream that cannot be told is ended, so that the others are told. */
    Future<Void> leaveGuarded() {
        try {
            return leave();
        } catch (RuntimeException failure) {
            fail(failure);
            return Future.succeededFuture();
        }
    }

    private Future<Void> sayGoodbye(String reason) {
        return sayGoodbye(reason, egress.options().reconnectSpread(), POLICY_VIOLATION, reason);
    }

    private Future<Void> sayGoodbye(String reason, Duration spread, short code, String closeReason) {
        if (closed || leaving) {
            return goodbye == null ? Future.succeededFuture() : goodbye;
        }
        if (format.endsByClosing()) {
            close();
            return socket.hangUp().otherwiseEmpty();
        }
        long retry = 100 + ThreadLocalRandom.current().nextLong(Math.max(1, spread.toMillis()));
        keepTicket(spread);
        if (checkpoints == null) {
            return farewell(reason, retry, code, closeReason);
        }
        leaving = true;
        Future<Void> left =
                checkpoints.last().otherwiseEmpty().compose(told -> farewell(reason, retry, code, closeReason));
        goodbye = left;
        return left;
    }

    private Future<Void> farewell(String reason, long retry, short code, String closeReason) {
        if (closed) {
            return Future.succeededFuture();
        }
        sendHead(); // with which comes the ticket to connect again
        write(format.bye(reason, retry));
        close();
        return socket.end(egress.isDraining(), code, closeReason).otherwiseEmpty(); // gone is as good as told
    }

    private void closeFrom(int first) {
        int end = Math.min(cursors.size(), first + SLICE);
        for (int i = first; i < end; i++) {
            cursors.get(i).close();
        }
        if (end < cursors.size()) {
            try {
                egress.vertx().setTimer(SLICE_MILLIS, id -> closeFrom(end));
            } catch (RejectedExecutionException stopping) {
                closeFrom(end); // the event loop ends, and has nothing else to do
            }
        }
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
            toFollow.clear();
            closeFrom(0);
        } finally {
            count(0);
            if (gzip != null) {
                gzip.close();
            }
        }
    }
}
