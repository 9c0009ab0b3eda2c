package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.redis.link.SubscriberNode;
import org.jspecify.annotations.Nullable;

/** What the subscriber knows of one watched device; touched on its event loop only. */
final class Subscription {

    final DeviceId device;
    final int slot;

    /** Watches of this broker; at 0 the subscription ends. */
    int watches;

    /** Where it is, or is to be, subscribed to; absent while no master of its slot is known. */
    @Nullable
    SubscriberNode node;

    Stage stage = Stage.WAITING;

    /** The number of the latest command that was to begin it; the answer to an earlier one does not count. */
    long subscribe;

    /** Whether the watches were told that storage is away, and nothing since. */
    boolean unavailable;

    /** Counts the reads of the state; the answer to any but the newest is not used. */
    int reads;

    /** What was announced after the state was asked for and before it came; null when nothing was. */
    private @Nullable String heardEpoch;

    private long heardHead;

    /** Whether something was announced meanwhile that cannot be added to a state. */
    private boolean outdated;

    /** The way of a subscription: nothing is told to the watches before READY but that storage is unavailable. */
    enum Stage {
        WAITING,
        SUBSCRIBING,
        READING,
        READY
    }

    Subscription(DeviceId device) {
        this.device = device;
        this.slot = DeviceKeys.of(device).slot();
    }

    void enter(Stage next) {
        stage = next;
    }

    void beginReading() {
        enter(Stage.READING);
        reads++;
        heardEpoch = null;
        outdated = false;
    }

    void heard(String epoch, long head) {
        if (heardEpoch != null && !heardEpoch.equals(epoch)) {
            outdated = true;
        }
        heardEpoch = epoch;
        heardHead = head;
    }

    /** Of a change that cannot be added to a state. */
    void heardOtherChange() {
        outdated = true;
    }

    /**
     * The state that a watch may begin with. It travels on another connection than announcements, and may come later than
     * one of something newer; a watch that begins with it then would never learn of that.
     *
     * @return null when it has to be read again
     */
    @Nullable
    RingState upToDate(RingState state) {
        if (outdated || (heardEpoch != null && !heardEpoch.equals(state.epoch()))) {
            return null;
        }
        return heardEpoch == null || heardHead <= state.head() ? state : state.withHead(heardHead);
    }
}
