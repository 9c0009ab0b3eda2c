package dev.tailrace.http;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;

/** Reads the names of devices and fleets in a request. */
public final class RequestIds {

    private RequestIds() {}

    /** @throws Problem with status 400 when the text is no device id */
    public static DeviceId device(String text) {
        try {
            return new DeviceId(text);
        } catch (IllegalArgumentException invalid) {
            throw new Problem(400, "bad-device", "Invalid device id", String.valueOf(invalid.getMessage()));
        }
    }

    /** @throws Problem with status 400 when the text is no name of a fleet */
    public static FleetId fleet(String text) {
        try {
            return new FleetId(text);
        } catch (IllegalArgumentException invalid) {
            throw Problem.badParameter("fleet", String.valueOf(invalid.getMessage()));
        }
    }
}
