package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory.Sightings;
import dev.tailrace.storage.Epochs;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The lease of one broker. Each report renews it and changes its set of devices by what has changed. A lease that
 * storage has lost, wholly or in part, is never repaired: another one takes its place, and all devices are reported to
 * it, in steps.
 */
final class OwnLease {

    private final Touch touch;
    private final int most;

    private String id = "";

    /** Whether all devices of this lease were reported. */
    private boolean complete;

    /** Devices of the lease's set after the last step. */
    private int devices;

    /** Sends one step to storage. */
    interface Touch {
        Future<Renewed> touch(String lease, Step step);
    }

    /**
     * Storage's answer.
     *
     * @param known whether the lease was there
     * @param before devices of its set before this step
     * @param after devices of its set after this step
     */
    record Renewed(boolean known, int before, int after) {}

    /** A part of a report that fits into one call. */
    record Step(List<DeviceId> active, List<DeviceId> joined, List<DeviceId> left) {

        Step() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        int size() {
            return active.size() + joined.size() + left.size();
        }
    }

    /** @param most devices in one step */
    OwnLease(Touch touch, int most) {
        this.touch = touch;
        this.most = most;
    }

    /** See {@link dev.tailrace.storage.DeviceDirectory#report}. */
    Future<Void> report(Sightings seen) {
        if (!complete) {
            return begin(seen);
        }
        return send(steps(seen.active(), seen.joined(), seen.left()))
                .compose(renewed -> renewed ? Future.succeededFuture() : begin(seen));
    }

    /** Takes a lease that storage does not know. The former one, if it is still there, ends by itself. */
    private Future<Void> begin(Sightings seen) {
        id = Epochs.next();
        devices = 0;
        complete = false;
        return send(steps(seen.active(), seen.connected().get(), seen.left())).compose(renewed -> {
            complete = renewed;
            return renewed
                    ? Future.succeededFuture()
                    : Future.failedFuture(new RingUnavailableException("storage lost the new lease"));
        });
    }

    private List<Step> steps(Collection<DeviceId> active, Collection<DeviceId> joined, Collection<DeviceId> left) {
        List<Step> steps = new ArrayList<>(List.of(new Step())); // at least one step, which renews the lease
        active.forEach(device -> room(steps).active.add(device));
        joined.forEach(device -> room(steps).joined.add(device));
        left.forEach(device -> room(steps).left.add(device));
        return steps;
    }

    private Step room(List<Step> steps) {
        Step last = steps.get(steps.size() - 1);
        if (last.size() < most) {
            return last;
        }
        Step next = new Step();
        steps.add(next);
        return next;
    }

    /**
     * Sends the steps one after the other, because lines are more urgent. Returns false when storage lost something.
     */
    private Future<Boolean> send(List<Step> steps) {
        Future<Boolean> done = Future.succeededFuture(true);
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            boolean isFirst = !complete && i == 0;
            done = done.compose(renewed -> renewed ? send(step, isFirst) : Future.succeededFuture(false));
        }
        return done.onFailure(cause -> complete = false); // it may have been executed or not
    }

    private Future<Boolean> send(Step step, boolean isFirst) {
        return touch.touch(id, step).map(renewed -> {
            boolean asLeft = renewed.known() != isFirst && renewed.before() == devices;
            devices = renewed.after();
            return asLeft;
        });
    }
}
