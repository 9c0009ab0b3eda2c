package dev.tailrace.client;

import java.util.concurrent.atomic.AtomicInteger;

/** Reports which lines were not stored and why; after many reports it only says that there are more. */
public final class Rejections {

    private static final int MAX_TOLD = 100;

    private final Console console;
    private final AtomicInteger reported = new AtomicInteger();

    public Rejections(Console console) {
        this.console = console;
    }

    /** @param where a description of the line */
    public void report(String where, String reason) {
        int number = reported.incrementAndGet();
        if (number <= MAX_TOLD) {
            console.report("tailrace: " + where + " is rejected: " + SafeText.plain(reason));
        }
        if (number == MAX_TOLD) {
            console.report("tailrace: further rejected lines are only counted");
        }
    }
}
