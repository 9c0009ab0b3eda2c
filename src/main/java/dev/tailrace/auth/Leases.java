package dev.tailrace.auth;

import dev.tailrace.auth.Lease.End;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** When the identities of one event loop's callers end, and the end of the long streams of those whose did. */
final class Leases {

    private static final long LOOK_MILLIS = 1000;

    /** What can change is asked again this often. */
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Devices asked about in one turn of the event loop; the next ones when these are answered. */
    static final int AT_ONCE = 256;

    private final Vertx vertx;
    private final Predicate<String> revoked;
    private final StorageClock clock;
    private final OpenStreams streams;
    private final Set<Held> held = new LinkedHashSet<>();

    /**
     * @param revoked whether a credential of this name was revoked
     * @param clock by which identities end
     */
    Leases(Vertx vertx, Predicate<String> revoked, StorageClock clock, OpenStreams streams) {
        this.vertx = vertx;
        this.revoked = revoked;
        this.clock = clock;
        this.streams = streams;
        vertx.setPeriodic(LOOK_MILLIS, id -> look());
    }

    /** @throws dev.tailrace.http.Problem when the caller reads as many streams as it may */
    void requireRoom(Identity identity) {
        streams.requireRoom(identity.subject());
    }

    Lease hold(Identity identity, Permission permission, Collection<DeviceId> devices, Consumer<End> onEnd) {
        if (identity.expiresAt() == Identity.NEVER && identity.credentials().isEmpty() && !identity.canChange()) {
            return Lease.ENDLESS;
        }
        var lease = new Held(identity, permission, List.copyOf(devices), onEnd);
        held.add(lease);
        if (permission == Permission.LOGS_READ) {
            streams.opened(identity.subject());
        }
        return lease;
    }

    /** Whether an identity has ended; of what can change about it nothing is asked. */
    boolean isOver(Identity identity) {
        return identity.isOver(clock.millis(), revoked);
    }

    private void look() {
        long now = clock.millis();
        List<Held> over = new ArrayList<>();
        for (Held lease : List.copyOf(held)) { // one that ends is removed
            if (lease.identity.expiresAt() <= now) {
                lease.end = End.EXPIRED;
                over.add(lease);
            } else if (lease.identity.isRevoked(revoked)) {
                over.add(lease);
            } else if (lease.identity.canChange()) {
                lease.askAgain();
            }
        }
        over.forEach(Held::end);
    }

    /** One stream's. */
    private final class Held implements Lease {
        private final Identity identity;
        private final Permission permission;
        private final List<DeviceId> devices;
        private final Consumer<End> onEnd;
        private End end = End.REVOKED;
        private long asked = System.nanoTime();
        private boolean asking;

        Held(Identity identity, Permission permission, List<DeviceId> devices, Consumer<End> onEnd) {
            this.identity = identity;
            this.permission = permission;
            this.devices = devices;
            this.onEnd = onEnd;
        }

        /** Who cannot be asked says nothing against it. */
        void askAgain() {
            long now = System.nanoTime();
            if (asking || now - asked < ASK_AGAIN_NANOS) {
                return;
            }
            asked = now;
            asking = true;
            askAgain(devices);
        }

        private void askAgain(List<DeviceId> left) {
            if (left.isEmpty() || !held.contains(this)) {
                asking = false;
                return;
            }
            List<DeviceId> some = left.subList(0, Math.min(AT_ONCE, left.size()));
            List<Future<Boolean>> answers = some.stream()
                    .map(device -> identity.may(permission, device))
                    .toList();
            answers.forEach(still -> still.onSuccess(may -> {
                if (!may) {
                    end();
                }
            }));
            // In another turn, also where all is answered at once.
            Future.join(answers)
                    .onComplete(
                            answered -> vertx.runOnContext(later -> askAgain(left.subList(some.size(), left.size()))));
        }

        void end() {
            if (giveBack()) {
                onEnd.accept(end);
            }
        }

        private boolean giveBack() {
            boolean first = held.remove(this);
            if (first && permission == Permission.LOGS_READ) {
                streams.closed(identity.subject());
            }
            return first;
        }

        @Override
        public void release() {
            giveBack();
        }
    }
}
