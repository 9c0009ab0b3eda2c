package dev.tailrace.ingest;

import dev.tailrace.model.DeviceId;

/** Makes device ids of the names that foreign protocols give to devices. */
public final class DeviceNames {

    private DeviceNames() {}

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
