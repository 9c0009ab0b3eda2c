package dev.tailrace.ingest;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Permission;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Whether a sender that speaks for many devices may write for each; asked once per device and request. */
final class Admission {

    private final Caller caller;
    private final Runnable whenKnown;
    private final boolean everywhere;
    private final Map<DeviceId, Future<Boolean>> answers = new HashMap<>();
    private int pending;

    /** @param whenKnown runs when nothing is pending any more */
    Admission(Caller caller, Runnable whenKnown) {
        this.caller = caller;
        this.whenKnown = whenKnown;
        this.everywhere = caller.identity().mayEverywhere(Permission.LOGS_WRITE);
    }

    /** Whether an answer is awaited; the sender asks nothing more meanwhile. */
    boolean isPending() {
        return pending > 0;
    }

    /** Tells whether it may, now or later. One that cannot be asked about is refused. */
    void ask(DeviceId device, Consumer<Boolean> answer) {
        if (everywhere) {
            answer.accept(true);
            return;
        }
        Future<Boolean> may = answers.computeIfAbsent(
                device, one -> caller.identity().may(Permission.LOGS_WRITE, one).otherwise(false));
        if (may.isComplete()) {
            answer.accept(may.result());
            return;
        }
        pending++;
        may.onSuccess(known -> {
            answer.accept(known);
            pending--;
            if (pending == 0) {
                whenKnown.run();
            }
        });
    }
}
