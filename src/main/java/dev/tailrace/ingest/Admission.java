package dev.tailrace.ingest;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Permission;
import dev.tailrace.model.DeviceId;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Whether a sender that speaks for many devices may write for each; asked once per device and request. */
final class Admission {

    private final Caller caller;
    private final Runnable whenKnown;
    private final Consumer<Throwable> whenUnknown;
    private final boolean everywhere;
    private final Map<DeviceId, Future<Boolean>> answers = new HashMap<>();
    private int pending;

    /**
     * @param whenKnown runs when nothing is pending any more
     * @param whenUnknown told why a device cannot be asked about now
     */
    Admission(Caller caller, Runnable whenKnown, Consumer<Throwable> whenUnknown) {
        this.caller = caller;
        this.whenKnown = whenKnown;
        this.whenUnknown = whenUnknown;
        this.everywhere = caller.identity().mayEverywhere(Permission.LOGS_WRITE);
    }

    /** Whether an answer is awaited; the sender asks nothing more meanwhile. */
    boolean isPending() {
        return pending > 0;
    }

    /** Tells whether it may, now or later; nothing when that cannot be known. */
    void ask(DeviceId device, Consumer<Boolean> answer) {
        if (everywhere) {
            answer.accept(true);
            return;
        }
        Future<Boolean> may =
                answers.computeIfAbsent(device, one -> caller.identity().may(Permission.LOGS_WRITE, one));
        if (may.isComplete()) {
            tell(may, answer);
            return;
        }
        pending++;
        may.onComplete(known -> {
            tell(known, answer);
            pending--;
            if (pending == 0) {
                whenKnown.run();
            }
        });
    }

    private void tell(AsyncResult<Boolean> may, Consumer<Boolean> answer) {
        if (may.succeeded()) {
            answer.accept(may.result());
        } else {
            whenUnknown.accept(may.cause());
        }
    }
}
