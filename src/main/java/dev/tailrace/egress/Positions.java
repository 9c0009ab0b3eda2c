package dev.tailrace.egress;

import dev.tailrace.broker.Cursor;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The places of one reader in several devices, as one resume token: {@code a:k3f9-42,b:q8x1-7}. */
final class Positions {

    private Positions() {}

    static String write(List<Cursor> cursors) {
        return cursors.stream()
                .map(cursor -> cursor.device() + ":" + cursor.position())
                .collect(Collectors.joining(","));
    }

    /** @throws IllegalArgumentException with a message for the caller when the text is no such token */
    static Map<DeviceId, Position> parse(String text) {
        Map<DeviceId, Position> positions = new HashMap<>();
        for (String place : text.split(",", -1)) {
            int colon = place.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException(
                        "positions of several devices are <device>:<position>, separated by commas");
            }
            positions.put(new DeviceId(place.substring(0, colon)), Position.parse(place.substring(colon + 1)));
        }
        return positions;
    }
}
