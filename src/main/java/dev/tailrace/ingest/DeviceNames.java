package dev.tailrace.ingest;

import dev.tailrace.model.DeviceId;
import io.vertx.core.net.SocketAddress;

/** Makes device ids of the names that foreign protocols give to devices. */
public final class DeviceNames {

    private static final DeviceId UNKNOWN = new DeviceId("unknown");

    private DeviceNames() {}

    /** The device of a message that names none, which is named for the address that it came from. */
    public static DeviceId ofAddress(SocketAddress address) {
        String host = address.hostAddress();
        return host == null ? UNKNOWN : new DeviceId(sanitized(host));
    }

    /** The name with an underscore for each character that no device id has; the same object when there is none. */
    public static String sanitized(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (!DeviceId.isAllowed(name.charAt(i))) {
                return sanitized(name, i);
            }
        }
        return name;
    }

    private static String sanitized(String name, int from) {
        var id = new StringBuilder(name);
        for (int i = from; i < id.length(); i++) {
            if (!DeviceId.isAllowed(id.charAt(i))) {
                id.setCharAt(i, '_');
            }
        }
        return id.toString();
    }
}
