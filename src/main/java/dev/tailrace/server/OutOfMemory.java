package dev.tailrace.server;

import dev.tailrace.broker.Failures;
import org.jspecify.annotations.Nullable;

/** Which memory an exception says is exhausted. */
public enum OutOfMemory {
    /** What the JVM itself manages, threads too: whoever could not allocate has lost its work, and nobody knows whose it was. */
    HEAP,
    /** Buffers outside the heap, which come back when those that hold them are written or closed. */
    DIRECT;

    private static final int MAX_CAUSES = 8;

    /** Looks at the causes too; null when it says nothing of memory. */
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
