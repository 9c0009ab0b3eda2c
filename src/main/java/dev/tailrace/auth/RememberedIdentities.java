package dev.tailrace.auth;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Caches the identities of credentials that were found valid on one event loop within the last seconds. The credentials themselves are
 * not kept. When it is full, the least recently used identity is removed.
 */
final class RememberedIdentities {

    private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final int MAX_BYTES = 8 * 1024 * 1024;

    /** Heap bytes of the key and of the map entry. */
    private static final int ENTRY_BYTES = 300;

    private final int maxBytes;
    private final LongSupplier nanoTime;
    private final Map<String, Remembered> byHash = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    private record Remembered(Identity identity, int bytes, long at) {}

    RememberedIdentities() {
        this(MAX_BYTES, System::nanoTime);
    }

    RememberedIdentities(int maxBytes, LongSupplier nanoTime) {
        this.maxBytes = maxBytes;
        this.nanoTime = nanoTime;
    }

    /** A key that does not reveal the credential. */
    static String keyOf(Credential credential) {
        return Secrets.hash(credential.kind() + " " + credential.text());
    }

    @Nullable
    Identity find(String key) {
        Remembered found = byHash.get(key);
        return found != null && nanoTime.getAsLong() - found.at < GOOD_NANOS ? found.identity : null;
    }

    void put(String key, Identity identity) {
        var entry = new Remembered(identity, ENTRY_BYTES + identity.bytes(), nanoTime.getAsLong());
        Remembered before = byHash.put(key, entry);
        bytes += entry.bytes - (before == null ? 0 : before.bytes);
        Iterator<Remembered> eldest = byHash.values().iterator();
        while (bytes > maxBytes) {
            bytes -= eldest.next().bytes;
            eldest.remove();
        }
    }

    /** Approximate heap bytes. */
    long bytes() {
        return bytes;
    }
}
