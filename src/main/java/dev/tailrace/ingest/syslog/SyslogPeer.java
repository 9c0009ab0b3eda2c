package dev.tailrace.ingest.syslog;

import dev.tailrace.model.DeviceId;
import io.vertx.core.net.SocketAddress;

/** The device of a message without a host, which is named for the address that it came from. */
final class SyslogPeer {

    private static final DeviceId UNKNOWN = new DeviceId("unknown");

    private SyslogPeer() {}

    static DeviceId of(SocketAddress address) {
        String host = address.hostAddress();
        DeviceId device = host == null ? null : SyslogParser.device(host);
        return device == null ? UNKNOWN : device;
    }
}
