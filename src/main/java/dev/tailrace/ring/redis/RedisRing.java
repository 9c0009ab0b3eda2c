package dev.tailrace.ring.redis;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.ring.Announcement;
import dev.tailrace.ring.Announcements;
import dev.tailrace.ring.CredentialStore;
import dev.tailrace.ring.DeviceDirectory;
import dev.tailrace.ring.Memberships;
import dev.tailrace.ring.Page;
import dev.tailrace.ring.PlaceStore;
import dev.tailrace.ring.RevocationList;
import dev.tailrace.ring.Ring;
import dev.tailrace.ring.RingState;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;

/**
 * The ring in Redis, as one event loop uses it: with connections of its own, so that its calls change no threads. Calls
 * from elsewhere are welcome and take a hop there and back.
 */
final class RedisRing implements Ring {

    private final Hop hop;
    private final RedisLink link;
    private final Appends appends;
    private final RingCommands commands;
    private final SharedLists lists;
    private final CredentialStore credentials;
    private final RevocationList revocations;
    private final PlaceStore places;
    private final Announcements announcements;
    private final RedisSubscriber subscriber;

    /** Made on the event loop that it serves. */
    RedisRing(
            Vertx vertx,
            RedisLink link,
            Appends appends,
            RingCommands commands,
            SharedLists lists,
            Damage damage,
            Announcements announcements,
            RedisSubscriber subscriber) {
        this.hop = new Hop(vertx);
        this.link = link;
        this.appends = appends;
        this.commands = commands;
        this.lists = lists;
        this.credentials = new RedisCredentials(link, lists, damage);
        this.revocations = new RedisRevocations(link, damage);
        this.places = new RedisPlaces(link, damage);
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
        // Listens first, so that it cannot miss the answer to what it asks for second.
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
            // What others hear before this watch's first Ready is part of the state that comes with it.
            begun |= announcement instanceof Announcement.Ready || announcement instanceof Announcement.Away;
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

    @Override
    public DeviceDirectory directory() {
        return lists.devices();
    }

    @Override
    public CredentialStore credentials() {
        return credentials;
    }

    @Override
    public RevocationList revocations() {
        return revocations;
    }

    @Override
    public Memberships memberships() {
        return lists.fleets();
    }

    @Override
    public PlaceStore places() {
        return places;
    }

    @Override
    public Future<Void> close() {
        return hop.there(() -> {
            link.close();
            return Future.succeededFuture();
        });
    }
}
