package dev.tailrace.client;

import java.util.function.Consumer;

/** Reports the loss of a connection once, and its return once, however many attempts are between them. */
public final class OutageNotice {

    private final Consumer<String> output;
    private final String url;
    private boolean lost;

    public OutageNotice(Console console, BrokerUrl url) {
        this(console::report, url.toString());
    }

    private OutageNotice(Consumer<String> output, String url) {
        this.output = output;
        this.url = url;
    }

    /** A notice that reports nothing. */
    public static OutageNotice silent() {
        return new OutageNotice(text -> {}, "");
    }

    public void lost(String reason) {
        if (!lost) {
            lost = true;
            output.accept("tailrace: no connection to " + url + " (" + reason + "); reconnecting");
        }
    }

    public void over() {
        if (lost) {
            lost = false;
            output.accept("tailrace: connected to " + url + " again");
        }
    }
}
