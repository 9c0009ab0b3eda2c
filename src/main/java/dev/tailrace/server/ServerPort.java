package dev.tailrace.server;

/** The TCP ports of a broker, by who connects to them. */
enum ServerPort {
    /** Devices and readers, over HTTP. */
    CLIENTS("clients"),
    /** Senders of syslog. */
    SYSLOG("syslog"),
    /** Probes and scrapers. */
    MANAGEMENT("management");

    private final String label;

    ServerPort(String label) {
        this.label = label;
    }

    /** As in the metrics. */
    String label() {
        return label;
    }
}
