package dev.tailrace.client;

import java.util.concurrent.atomic.AtomicInteger;

/** Tells the person which lines were not stored and why; after many it only says that there are more. */
public final class Rejections {

    private static final int MAX_TOLD = 100;

    private final Console console;
    private final AtomicInteger told = new AtomicInteger();

    public Rejections(Console console) {
        this.console = console;
    }

    /** @param where which line, in words */
    public void tell(String where, String reason) {
        int number = told.incrementAndGet();
        if (number <= MAX_TOLD) {
            console.tell("tailrace: " + where + " is rejected: " + SafeText.plain(reason));
        }
        if (number == MAX_TOLD) {
            console.tell("tailrace: further rejected lines are only counted");
        }
    }
}
