package dev.tailrace.bench;

import java.util.ArrayList;
import java.util.List;

/** Records the events that a scanner finds. */
class RecordedEvents implements Scanner.Events {

    final List<String> recorded = new ArrayList<>();

    @Override
    public void entry(long offset, long line, long sentNanos) {
        recorded.add("entry " + offset + " " + line + " " + sentNanos);
    }

    @Override
    public void place(long offset) {
        recorded.add("place " + offset);
    }

    @Override
    public void named(String name, String data) {
        recorded.add(name + " " + data);
    }

    @Override
    public void foreign(long offset) {
        recorded.add("foreign " + offset);
    }
}
