package dev.tailrace.ingest.syslog;

import dev.tailrace.model.DeviceId;
import io.vertx.core.net.SocketAddress;

/** The device that a message without a host is of: the address that it came from. */
final class SyslogPeer {

    private static final DeviceId UNKNOWN = new DeviceId("unknown");

    private SyslogPeer() {}

    static DeviceId of(SocketAddress address) {
        String host = address.hostAddress();
        DeviceId device = host == null ? null : SyslogParser.device(host);
        return device == null ? UNKNOWN : device;
    }
}
