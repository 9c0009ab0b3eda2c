package dev.tailrace.bench;

import java.util.ArrayList;
import java.util.List;

/** Writes down what a scanner finds. */
class HeardEvents implements Scanner.Events {

    final List<String> heard = new ArrayList<>();

    @Override
    public void entry(long offset, long line, long sentNanos) {
        heard.add("entry " + offset + " " + line + " " + sentNanos);
    }

    @Override
    public void place(long offset) {
        heard.add("place " + offset);
    }

    @Override
    public void named(String name, String data) {
        heard.add(name + " " + data);
    }

    @Override
    public void foreign(long offset) {
        heard.add("foreign " + offset);
    }
}
