package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.redis.link.SubscriberNode;
import org.jspecify.annotations.Nullable;

/** The subscriber's state of one watched device. Touched on its event loop only. */
final class Subscription {

    final DeviceId device;
    final int slot;

    /** Watches of this broker; at 0 the subscription ends. */
    int watches;

    /** The node to which it is, or will be, subscribed; null while no master of its slot is known. */
    @Nullable
    SubscriberNode node;

    Stage stage = Stage.WAITING;

    /** The number of the latest command that subscribes; answers to earlier ones are ignored. */
    long subscribe;

    /** Whether it was announced that storage is unavailable, and nothing since. */
    boolean unavailable;

    /** Counts the reads of the state; only the answer to the newest is used. */
    int reads;

    /** What was announced between the request of the state and its answer; null when nothing was. */
    private @Nullable String heardEpoch;

    private long heardHead;

    /** Whether a change was announced meanwhile that cannot be added to a state. */
    private boolean outdated;

    /** The stages of a subscription. Before READY nothing is announced but that storage is unavailable. */
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

    /** A change was announced that cannot be added to a state. */
    void heardOtherChange() {
        outdated = true;
    }

    /**
     * The state with which a watch may begin. It travels on another connection than announcements, and may arrive after
     * an announcement of something newer; a watch that began with it would never learn of that.
     *
     * @return null when the state has to be read again
     */
    @Nullable
    RingState upToDate(RingState state) {
        if (outdated || (heardEpoch != null && !heardEpoch.equals(state.epoch()))) {
            return null;
        }
        return heardEpoch == null || heardHead <= state.head() ? state : state.withHead(heardHead);
    }
}
