package dev.tailrace.broker;

import dev.tailrace.model.DeviceId;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/**
 * Merges the names of several ordered lists into one order, each name once. Reads the lists no further than necessary.
 */
final class MergedNames implements Iterator<DeviceId> {

    private final PriorityQueue<Head> heads = new PriorityQueue<>(Comparator.comparing(head -> head.name));

    /** The next element of one list. */
    private static final class Head {
        private final Iterator<DeviceId> rest;
        private DeviceId name;

        Head(Iterator<DeviceId> list) {
            this.rest = list;
            this.name = list.next();
        }
    }

    MergedNames(Collection<Iterator<DeviceId>> lists) {
        lists.stream().filter(Iterator::hasNext).map(Head::new).forEach(heads::add);
    }

    @Override
    public boolean hasNext() {
        return !heads.isEmpty();
    }

    @Override
    public DeviceId next() {
        Head first = heads.peek();
        if (first == null) {
            throw new NoSuchElementException();
        }
        DeviceId name = first.name;
        for (Head head = first; head != null && head.name.equals(name); head = heads.peek()) {
            heads.remove();
            if (head.rest.hasNext()) {
                head.name = head.rest.next();
                heads.add(head);
            }
        }
        return name;
    }
}
