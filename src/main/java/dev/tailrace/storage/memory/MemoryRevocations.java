package dev.tailrace.storage.memory;

import dev.tailrace.storage.Page;
import dev.tailrace.storage.RevocationList;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Revoked credentials in this process, lost when it ends, as the credentials are. */
final class MemoryRevocations implements RevocationList {

    // Guarded by this; each call takes microseconds.
    private final TreeMap<Long, Revocation> byNumber = new TreeMap<>();
    private final Map<Revocation, Long> numbers = new HashMap<>();
    private long last;

    @Override
    public synchronized Future<Void> add(List<Revocation> revocations) {
        long now = System.currentTimeMillis();
        for (Revocation one : revocations) {
            if (one.until() > now && !numbers.containsKey(one)) {
                byNumber.put(++last, one);
                numbers.put(one, last);
            }
        }
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Page> readAfter(long number, List<Revocation> over) {
        long now = System.currentTimeMillis();
        for (Revocation one : over) {
            Long listed = one.until() <= now ? numbers.remove(one) : null;
            if (listed != null) {
                byNumber.remove(listed);
            }
        }
        List<Map.Entry<Long, Revocation>> page =
                byNumber.tailMap(number, false).entrySet().stream().limit(PAGE).toList();
        boolean more = page.size() == PAGE;
        long next = more ? page.get(PAGE - 1).getKey() : last;
        return Future.succeededFuture(new Page(
                "memory",
                last,
                next,
                more,
                now,
                page.stream().map(Map.Entry::getValue).toList()));
    }
}
