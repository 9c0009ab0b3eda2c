package dev.tailrace.http;

/** The TCP ports of a broker, by who connects to them. */
public enum ServerPort {
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
    public String label() {
        return label;
    }
}
