package dev.tailrace.ingest.syslog;

import dev.tailrace.metrics.Counts;
import dev.tailrace.metrics.Metrics;

/** The metrics of the syslog port. Called from all event loops. */
public final class SyslogMeters {

    private final Counts<Foreign> foreign;

    /** Protocols other than syslog at its port, which a web page can make a browser send. */
    enum Foreign {
        /** A request line of HTTP, or the preface of HTTP/2. */
        HTTP("http"),
        /** A record of TLS or DTLS. */
        TLS("tls"),
        /** A packet of QUIC, as of HTTP/3. */
        QUIC("quic"),
        /** A message of STUN or TURN, as of WebRTC. */
        STUN("stun");

        private final String label;

        Foreign(String label) {
            this.label = label;
        }
    }

    public SyslogMeters(Metrics metrics) {
        foreign = metrics.counters(
                "tailrace.syslog.foreign",
                "Connections and datagrams to the syslog port in another protocol, of which nothing was stored",
                "protocol",
                Foreign.class,
                protocol -> protocol.label);
    }

    /** Input at the syslog port was not syslog. */
    void foreign(Foreign protocol) {
        foreign.increment(protocol);
    }
}
