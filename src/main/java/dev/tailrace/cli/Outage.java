package dev.tailrace.cli;

import java.util.function.Consumer;

/** Tells the person once that the connection is lost, and once that it is back, however many attempts lie between. */
final class Outage {

    private final Consumer<String> told;
    private final String url;
    private boolean lost;

    Outage(Console console, BrokerUrl url) {
        this(console::tell, url.toString());
    }

    private Outage(Consumer<String> told, String url) {
        this.told = told;
        this.url = url;
    }

    /** Of which nobody is told. */
    static Outage untold() {
        return new Outage(text -> {}, "");
    }

    void lost(String reason) {
        if (!lost) {
            lost = true;
            told.accept("tailrace: no connection to " + url + " (" + reason + "); trying again until it is back");
        }
    }

    void over() {
        if (lost) {
            lost = false;
            told.accept("tailrace: connected to " + url + " again");
        }
    }
}
