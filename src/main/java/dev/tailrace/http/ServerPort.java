package dev.tailrace.http;

/** The TCP ports of a broker, by their clients. */
public enum ServerPort {
    /** Devices and readers, over HTTP. */
    CLIENTS("clients"),
    /** Senders of syslog. */
    SYSLOG("syslog"),
    /** Senders of syslog over TLS. */
    SYSLOG_TLS("syslog-tls"),
    /** Senders of GELF over TCP. */
    GELF("gelf"),
    /** Probes and scrapers. */
    MANAGEMENT("management");

    private final String label;

    ServerPort(String label) {
        this.label = label;
    }

    /** The value of the label {@code port} in metrics. */
    public String label() {
        return label;
    }
}
