package dev.tailrace.broker;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores lines and serves entries, for one event loop. All state is touched on its context only, and all calls come
 * from there.
 */
public final class Broker {

    private final Vertx vertx;
    private final Context context;
    private final RingStore ring;
    private final DeviceDirectory directory;
    private final Activity activity;
    private final BrokerMeters meters;
    private final StreamBudget streamBudget;
    private final LongSupplier nanoTime;
    private final ReadGate gate = new ReadGate();
    private final TailBudget tailBudget = new TailBudget();
    private final EncodeBuffer encodeBuffer = new EncodeBuffer();
    private final Slice slice;
    private final AfterReading afterReading;
    private final Failures failures;
    private final FilterWork filters;
    private final FlushQueue flushes;
    private final Map<DeviceId, Feed> feeds = new HashMap<>();

    /** Made on the event loop that it serves. */
    public Broker(
            Vertx vertx,
            RingStore ring,
            DeviceDirectory directory,
            Activity activity,
            BrokerMeters meters,
            StreamBudget streamBudget,
            FilterShares filterShares) {
        this(vertx, ring, directory, activity, meters, streamBudget, filterShares, System::nanoTime);
    }

    Broker(
            Vertx vertx,
            RingStore ring,
            DeviceDirectory directory,
            Activity activity,
            BrokerMeters meters,
            StreamBudget streamBudget,
            FilterShares filterShares,
            LongSupplier nanoTime) {
        this.streamBudget = streamBudget;
        this.nanoTime = nanoTime;
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.ring = ring;
        this.directory = directory;
        this.activity = activity;
        this.meters = meters;
        this.slice = new Slice(nanoTime);
        this.afterReading = new AfterReading(context);
        this.failures = new Failures(meters, nanoTime);
        this.filters = new FilterWork(vertx, filterShares, meters, slice);
        this.flushes = new FlushQueue(this);
    }

    /**
     * Stores a batch; the announcement reaches subscribers through the ring.
     *
     * @return what became of it, or a {@link dev.tailrace.storage.RingUnavailableException}; then it may or may not
     *     have been stored (see {@link RingStore#append})
     */
    public Future<RingStore.Appended> publish(DeviceId device, Batch batch) {
        long began = System.nanoTime();
        return ring.append(device, batch).onSuccess(appended -> {
            meters.appended(System.nanoTime() - began);
            activity.stored(device, appended.stored(), batch.entries().byteSize());
        });
    }

    /** Begins to serve a device's entries to a subscriber, until the cursor is closed. */
    public Cursor subscribe(DeviceId device, Start start, View view, Subscriber subscriber) {
        Feed feed = feeds.computeIfAbsent(device, id -> new Feed(id, this));
        Cursor cursor = new Cursor(feed, start, view, subscriber);
        feed.join(cursor);
        return cursor;
    }

    /** The entries kept, from {@code from} on; see {@link RingStore#read}. */
    public Future<Page> read(DeviceId device, long from, int maxEntries, int maxBytes) {
        return ring.read(device, from, maxEntries, maxBytes);
    }

    public Future<RingState> state(DeviceId device) {
        return ring.state(device);
    }

    /** Removes a device's entries, and reports that to its subscribers. */
    public Future<RingState> clear(DeviceId device) {
        return ring.clear(device);
    }

    public Future<@Nullable KnownDevice> device(DeviceId device) {
        return directory.device(device);
    }

    /** The clock that times flushes. */
    long nanoTime() {
        return nanoTime.getAsLong();
    }

    /** How long work for readers that begins now may go on. */
    Slice slice() {
        return slice.now();
    }

    /** Makes a call in a new slice, after this loop has read from its sockets. */
    void afterReading(Runnable call) {
        afterReading.call(() -> {
            slice.begin();
            call.run();
        });
    }

    /** The bytes that all readers of this node hold. */
    public StreamBudget streamBudget() {
        return streamBudget;
    }

    /** Applies filters that are not cheap. */
    public FilterWork filters() {
        return filters;
    }

    /** Counts and logs exceptions in walks over many readers or feeds. */
    public Failures failures() {
        return failures;
    }

    Vertx vertx() {
        return vertx;
    }

    Context context() {
        return context;
    }

    RingStore ring() {
        return ring;
    }

    public BrokerMeters meters() {
        return meters;
    }

    Activity activity() {
        return activity;
    }

    ReadGate gate() {
        return gate;
    }

    TailBudget tailBudget() {
        return tailBudget;
    }

    FlushQueue flushes() {
        return flushes;
    }

    /** Entries are encoded in it; there is one use at a time. */
    EncodeBuffer encodeBuffer() {
        return encodeBuffer;
    }

    void forget(Feed feed) {
        feeds.remove(feed.device());
    }
}
