package dev.tailrace.auth;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map with a limited number of entries: when it is full, the least recently used one is removed. Used on one event loop. */
public final class RecentMap<K, V> extends LinkedHashMap<K, V> {

    private static final long serialVersionUID = 1L;

    private final int maxEntries;

    public RecentMap(int maxEntries) {
        super(16, 0.75f, true);
        this.maxEntries = maxEntries;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > maxEntries;
    }
}
