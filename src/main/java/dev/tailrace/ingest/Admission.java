package dev.tailrace.ingest;

import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import dev.tailrace.model.DeviceId;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Authorizes a sender of lines of many devices, device by device. Each device is asked about once per request, unless
 * {@link #MAX_DEVICES} others came in between.
 */
public final class Admission {

    /** Most devices whose answers are kept; a document can name a device in every thirty bytes. */
    static final int MAX_DEVICES = 1024;

    private final Identity identity;
    private final Runnable whenKnown;
    private final Consumer<Throwable> whenUnknown;
    private final boolean everywhere;

    /** In the order of their last use. */
    private final Map<DeviceId, Future<Boolean>> answers = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<DeviceId, Future<Boolean>> eldest) {
            return size() > MAX_DEVICES;
        }
    };

    private int pending;

    /**
     * @param whenKnown runs when nothing is pending any more
     * @param whenUnknown receives the reason when a device cannot be asked about now
     */
    public Admission(Identity identity, Runnable whenKnown, Consumer<Throwable> whenUnknown) {
        this.identity = identity;
        this.whenKnown = whenKnown;
        this.whenUnknown = whenUnknown;
        this.everywhere = identity.mayEverywhere(Permission.LOGS_WRITE);
    }

    /** Whether an answer is pending; the sender does not ask about other devices meanwhile. */
    public boolean isPending() {
        return pending > 0;
    }

    /** Calls {@code answer}, now or later, with whether the sender may write; never when that cannot be known. */
    public void ask(DeviceId device, Consumer<Boolean> answer) {
        if (everywhere) {
            answer.accept(true);
            return;
        }
        Future<Boolean> may = answers.computeIfAbsent(device, one -> identity.may(Permission.LOGS_WRITE, one));
        if (may.isComplete()) {
            answer(may, answer);
            return;
        }
        pending++;
        may.onComplete(known -> {
            answer(known, answer);
            pending--;
            if (pending == 0) {
                whenKnown.run();
            }
        });
    }

    private void answer(AsyncResult<Boolean> may, Consumer<Boolean> answer) {
        if (may.succeeded()) {
            answer.accept(may.result());
        } else {
            whenUnknown.accept(may.cause());
        }
    }
}
