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

/** Ends the long streams of one event loop when their credential expires, is revoked or loses the permission. */
final class Leases {

    private static final long CHECK_MILLIS = 1000;

    /** How often a permission that can change is checked. */
    private static final long RECHECK_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Devices that are checked in one tick of the event loop; the next ones follow after the answers. */
    static final int AT_ONCE = 256;

    private final Vertx vertx;
    private final Predicate<String> revoked;
    private final StorageClock clock;
    private final OpenStreams streams;
    private final Set<Held> held = new LinkedHashSet<>();

    /**
     * @param revoked whether a credential of this name is revoked
     * @param clock by which identities expire
     */
    Leases(Vertx vertx, Predicate<String> revoked, StorageClock clock, OpenStreams streams) {
        this.vertx = vertx;
        this.revoked = revoked;
        this.clock = clock;
        this.streams = streams;
        vertx.setPeriodic(CHECK_MILLIS, id -> check());
    }

    /** @throws dev.tailrace.http.Problem when the caller has as many streams as it may */
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

    /** Whether an identity has expired or is revoked; permissions are not checked. */
    boolean isOver(Identity identity) {
        return identity.isOver(clock.millis(), revoked);
    }

    private void check() {
        long now = clock.millis();
        List<Held> over = new ArrayList<>();
        for (Held lease : List.copyOf(held)) { // an end removes it from the set
            if (lease.identity.expiresAt() <= now) {
                lease.end = End.EXPIRED;
                over.add(lease);
            } else if (lease.identity.isRevoked(revoked)) {
                over.add(lease);
            } else if (lease.identity.canChange()) {
                lease.recheck();
            }
        }
        over.forEach(Held::end);
    }

    /** The lease of one stream. */
    private final class Held implements Lease {
        private final Identity identity;
        private final Permission permission;
        private final List<DeviceId> devices;
        private final Consumer<End> onEnd;
        private End end = End.REVOKED;
        private long checkedAt = System.nanoTime();
        private boolean checking;

        Held(Identity identity, Permission permission, List<DeviceId> devices, Consumer<End> onEnd) {
            this.identity = identity;
            this.permission = permission;
            this.devices = devices;
            this.onEnd = onEnd;
        }

        /** If the check fails, the stream continues. */
        void recheck() {
            long now = System.nanoTime();
            if (checking || now - checkedAt < RECHECK_NANOS) {
                return;
            }
            checkedAt = now;
            checking = true;
            recheck(devices);
        }

        private void recheck(List<DeviceId> left) {
            if (left.isEmpty() || !held.contains(this)) {
                checking = false;
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
            // In another tick, even if all answers are there already.
            Future.join(answers)
                    .onComplete(
                            answered -> vertx.runOnContext(later -> recheck(left.subList(some.size(), left.size()))));
        }

        void end() {
            if (releaseOnce()) {
                onEnd.accept(end);
            }
        }

        private boolean releaseOnce() {
            boolean first = held.remove(this);
            if (first && permission == Permission.LOGS_READ) {
                streams.closed(identity.subject());
            }
            return first;
        }

        @Override
        public void release() {
            releaseOnce();
        }
    }
}
