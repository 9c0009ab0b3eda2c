package dev.tailrace.server;

import dev.tailrace.broker.Failures;
import org.jspecify.annotations.Nullable;

/** The memory that an exception reports as exhausted. */
public enum OutOfMemory {
    /** Memory of the JVM, including threads. The failed work is lost, and it is unknown which work that was. */
    HEAP,
    /** Buffers outside the heap, which are freed when the responses that hold them are written or closed. */
    DIRECT;

    private static final int MAX_CAUSES = 8;

    /** Examines the causes as well; null when none is about memory. */
    public static @Nullable OutOfMemory of(@Nullable Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < MAX_CAUSES && cause != null; i++) {
            if (cause instanceof OutOfMemoryError) {
                return Failures.isExhaustedHeap(cause) ? HEAP : DIRECT;
            }
            cause = cause.getCause();
        }
        return null;
    }
}
