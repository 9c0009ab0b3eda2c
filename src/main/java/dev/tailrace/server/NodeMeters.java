package dev.tailrace.server;

import dev.tailrace.broker.BrokerMeters;
import dev.tailrace.egress.EgressMeters;
import dev.tailrace.ingest.IngestMeters;
import dev.tailrace.ingest.gelf.GelfMeters;
import dev.tailrace.ingest.syslog.SyslogMeters;
import dev.tailrace.metrics.Metrics;
import dev.tailrace.metrics.Refusals;

/** The metrics of each room of one broker. */
public record NodeMeters(
        Refusals refusals,
        BrokerMeters broker,
        IngestMeters ingest,
        SyslogMeters syslog,
        GelfMeters gelf,
        EgressMeters egress,
        StorageMeters storage,
        ServerMeters server) {

    /** Registers them; once for each registry. */
    public static NodeMeters of(Metrics metrics) {
        return new NodeMeters(
                metrics.refusals(),
                new BrokerMeters(metrics),
                new IngestMeters(metrics),
                new SyslogMeters(metrics),
                new GelfMeters(metrics),
                new EgressMeters(metrics),
                new StorageMeters(metrics),
                new ServerMeters(metrics));
    }
}
