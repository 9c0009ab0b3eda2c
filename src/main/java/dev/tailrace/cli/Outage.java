package dev.tailrace.cli;

/** Tells the person once that the connection is lost, and once that it is back, however many attempts lie between. */
final class Outage {

    private final Console console;
    private final BrokerUrl url;
    private boolean lost;

    Outage(Console console, BrokerUrl url) {
        this.console = console;
        this.url = url;
    }

    void lost(String reason) {
        if (!lost) {
            lost = true;
            console.tell("tailrace: no connection to " + url + " (" + reason + "); trying again until it is back");
        }
    }

    void over() {
        if (lost) {
            lost = false;
            console.tell("tailrace: connected to " + url + " again");
        }
    }
}
