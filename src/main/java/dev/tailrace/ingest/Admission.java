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
 * Whether a sender that speaks for many devices may write for each; asked once per device and request, unless {@link #MAX_DEVICES}
 * others came in between.
 */
public final class Admission {

    /** Of which answers are kept: a document can name a device in every thirty bytes. */
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
     * @param whenUnknown told why a device cannot be asked about now
     */
    public Admission(Identity identity, Runnable whenKnown, Consumer<Throwable> whenUnknown) {
        this.identity = identity;
        this.whenKnown = whenKnown;
        this.whenUnknown = whenUnknown;
        this.everywhere = identity.mayEverywhere(Permission.LOGS_WRITE);
    }

    /** Whether an answer is awaited; the sender asks nothing more meanwhile. */
    public boolean isPending() {
        return pending > 0;
    }

    /** Tells whether it may, now or later; nothing when that cannot be known. */
    public void ask(DeviceId device, Consumer<Boolean> answer) {
        if (everywhere) {
            answer.accept(true);
            return;
        }
        Future<Boolean> may = answers.computeIfAbsent(device, one -> identity.may(Permission.LOGS_WRITE, one));
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
