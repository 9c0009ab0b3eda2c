package dev.tailrace.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import dev.tailrace.server.OutOfMemory;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Ends the process when its memory is exhausted. Otherwise a broker would hold its ports and answer nothing, because an
 * event loop that cannot allocate loses the handler that it was running. The JVM's own {@code ExitOnOutOfMemoryError}
 * is not set everywhere, and does not cover memory outside the heap.
 *
 * <p>Vert.x and Netty catch what their tasks throw, and log it; so the guard looks for the errors in all that is
 * logged.
 */
final class MemoryGuard {

    /** The same code as that of the JVM's own option. */
    static final int EXIT_CODE = 3;

    private static final Logger log = LoggerFactory.getLogger(MemoryGuard.class);

    private static final String HEAP = "The heap is exhausted; the process ends with exit code " + EXIT_CODE;
    private static final String DIRECT =
            "Memory outside the heap stays exhausted; the process ends with exit code " + EXIT_CODE;

    /** An error in direct memory concerns one peer, unless it persists for this number of attempts. */
    private static final int ATTEMPTS = 5;

    private static final int ATTEMPT_BYTES = 1024 * 1024;
    private static final long ATTEMPT_NANOS = TimeUnit.SECONDS.toNanos(1);

    // Allocated in advance, because after an error there may be no memory for them.
    private final byte[] plainHeap = (HEAP + "\n").getBytes(StandardCharsets.US_ASCII);
    private final byte[] plainDirect = (DIRECT + "\n").getBytes(StandardCharsets.US_ASCII);
    private final Thread thread = new Thread(this::watch, "memory-guard");
    private volatile boolean heapExhausted;
    private volatile boolean directExhausted;

    private MemoryGuard() {}

    /** Starts to guard this process. */
    static void install() {
        var guard = new MemoryGuard();
        guard.thread.setDaemon(true);
        guard.thread.start();
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, failure) -> log.error("Unhandled exception in thread {}", thread.getName(), failure));
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            Listener listener = guard.new Listener();
            listener.start();
            context.addTurboFilter(listener);
        }
    }

    /** Receives all log records, also those below the level that is written. */
    private final class Listener extends TurboFilter {
        @Override
        public FilterReply decide(
                @Nullable Marker marker,
                ch.qos.logback.classic.Logger logger,
                Level level,
                @Nullable String format,
                Object @Nullable [] parameters,
                @Nullable Throwable failure) {
            if (failure != null) {
                seen(failure);
            } else if (parameters != null
                    && parameters.length > 0
                    && parameters[parameters.length - 1] instanceof Throwable last) {
                seen(last);
            }
            return FilterReply.NEUTRAL;
        }
    }

    // Allocates nothing.
    private void seen(Throwable failure) {
        OutOfMemory kind = OutOfMemory.of(failure);
        if (kind == OutOfMemory.HEAP) {
            heapExhausted = true;
            LockSupport.unpark(thread);
        } else if (kind == OutOfMemory.DIRECT && !directExhausted) {
            directExhausted = true;
            LockSupport.unpark(thread);
        }
    }

    private void watch() {
        while (true) {
            if (heapExhausted) {
                end(HEAP, plainHeap);
            } else if (directExhausted) {
                if (!directMemoryIsAvailable()) {
                    end(DIRECT, plainDirect);
                }
                directExhausted = false;
            } else {
                LockSupport.park(this);
            }
        }
    }

    private boolean directMemoryIsAvailable() {
        for (int i = 0; i < ATTEMPTS && !heapExhausted; i++) {
            LockSupport.parkNanos(this, ATTEMPT_NANOS);
            try {
                UnpooledByteBufAllocator.DEFAULT.directBuffer(ATTEMPT_BYTES).release();
                return true;
            } catch (OutOfMemoryError still) {
                // try again
            }
        }
        return heapExhausted; // which ends the process in any case
    }

    private static void end(String reason, byte[] plain) {
        try {
            log.error(reason);
        } catch (Throwable exhausted) {
            System.err.write(plain, 0, plain.length);
        } finally {
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }
}
