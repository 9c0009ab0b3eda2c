package dev.tailrace.storage.redis;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.redis.link.RedisRouter;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;

/**
 * The ring in Redis, as one event loop uses it: with connections of its own, so that its calls change no threads. Calls
 * from other event loops take a hop there and back.
 */
final class RedisRing implements RingStore {

    private final Hop hop;
    private final RedisRouter link;
    private final AppendBatcher appends;
    private final RingCommands commands;
    private final Announcements announcements;
    private final RedisSubscriber subscriber;

    /** Made on the event loop that it serves. */
    RedisRing(
            Vertx vertx,
            RedisRouter link,
            AppendBatcher appends,
            RingCommands commands,
            Announcements announcements,
            RedisSubscriber subscriber) {
        this.hop = new Hop(vertx);
        this.link = link;
        this.appends = appends;
        this.commands = commands;
        this.announcements = announcements;
        this.subscriber = subscriber;
    }

    @Override
    public Future<Appended> append(DeviceId device, Batch batch) {
        return hop.there(() -> appends.add(device, batch));
    }

    @Override
    public Future<Page> read(DeviceId device, long from, int maxEntries, int maxBytes) {
        return hop.there(
                () -> maxEntries == 0 ? state(device, from) : commands.read(device, from, maxEntries, maxBytes));
    }

    private Future<Page> state(DeviceId device, long from) {
        return commands.verifiedState(device)
                .map(state -> new Page(state, Math.max(from, state.oldest()), Entries.NONE));
    }

    @Override
    public Future<RingState> clear(DeviceId device) {
        return hop.there(() -> commands.clear(device));
    }

    @Override
    public Watch watch(DeviceId device, Handler<Announcement> handler) {
        // Listens first, so that it cannot miss the answer to what it requests second.
        RedisWatch watch = new RedisWatch(device, handler);
        subscriber.watch(device);
        return watch;
    }

    /** One handler's part in a subscription. Used on the handler's context only. */
    private final class RedisWatch implements Watch {
        private final DeviceId device;
        private final Handler<Announcement> handler;
        private final Watch listening;
        private boolean begun;
        private boolean closed;

        RedisWatch(DeviceId device, Handler<Announcement> handler) {
            this.device = device;
            this.handler = handler;
            this.listening = announcements.listen(device, this::hear);
        }

        private void hear(Announcement announcement) {
            // What is announced to other watches before this watch's first Ready is part of the state that comes with
            // it.
            begun |= announcement instanceof Announcement.Ready || announcement instanceof Announcement.Unavailable;
            if (begun && !closed) {
                handler.handle(announcement);
            }
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                listening.close();
                subscriber.unwatch(device);
            }
        }
    }

    /** Closes the connections; calls in flight fail. */
    Future<Void> close() {
        return hop.there(() -> {
            link.close();
            return Future.succeededFuture();
        });
    }
}
