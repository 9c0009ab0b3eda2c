package dev.tailrace.client;

import java.util.function.Consumer;

/** Tells the person once that the connection is lost, and once that it is back, however many attempts lie between. */
public final class OutageNotice {

    private final Consumer<String> told;
    private final String url;
    private boolean lost;

    public OutageNotice(Console console, BrokerUrl url) {
        this(console::tell, url.toString());
    }

    private OutageNotice(Consumer<String> told, String url) {
        this.told = told;
        this.url = url;
    }

    /** Of which nobody is told. */
    public static OutageNotice untold() {
        return new OutageNotice(text -> {}, "");
    }

    public void lost(String reason) {
        if (!lost) {
            lost = true;
            told.accept("tailrace: no connection to " + url + " (" + reason + "); reconnecting");
        }
    }

    public void over() {
        if (lost) {
            lost = false;
            told.accept("tailrace: connected to " + url + " again");
        }
    }
}
