package dev.tailrace.ingest;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A budget of bytes that callers share. No caller holds more than a part of what all together leave free, so a caller
 * that takes as much as it can leaves room for the others, and a single caller gets much. Shared by all event loops.
 */
public final class FairRoom implements Room {

    private final long limit;
    private final AtomicLong held = new AtomicLong();
    private final Map<String, Long> heldBy = new ConcurrentHashMap<>(); // callers that hold something

    /** @param limit in bytes */
    public FairRoom(long limit) {
        this.limit = limit;
    }

    /** Bytes that are held now. */
    public long held() {
        return held.get();
    }

    @Override
    public boolean hold(long more) {
        if (held.addAndGet(more) > limit) {
            held.addAndGet(-more);
            return false;
        }
        return true;
    }

    @Override
    public void release(long less) {
        held.addAndGet(-less);
    }

    @Override
    public long most() {
        return limit;
    }

    /** The room of a caller. */
    Room share(Account account) {
        return new Share(account.caller(), account.part());
    }

    private final class Share implements Room {
        private final String caller;
        private final int part;

        Share(String caller, int part) {
            this.caller = caller;
            this.part = part;
        }

        @Override
        public boolean hold(long more) {
            if (!FairRoom.this.hold(more)) {
                return false;
            }
            long own = heldBy.merge(caller, more, Long::sum);
            if (own > (limit - held.get()) / part) {
                release(more);
                return false;
            }
            return true;
        }

        @Override
        public void release(long less) {
            heldBy.computeIfPresent(caller, (name, own) -> own == less ? null : own - less);
            FairRoom.this.release(less);
        }

        @Override
        public long most() {
            return limit / (part + 1);
        }
    }
}
