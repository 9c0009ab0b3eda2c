package dev.tailrace.egress;

import dev.tailrace.broker.Cursor;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The positions of one reader in several devices, as one resume token: {@code a:k3f9-42,b:q8x1-7}. */
final class PositionSet {

    private PositionSet() {}

    static String write(Collection<Cursor> cursors) {
        StringBuilder text = new StringBuilder();
        cursors.forEach(cursor -> append(text, cursor));
        return text.toString();
    }

    /** Adds one position to a token. */
    static void append(StringBuilder text, Cursor cursor) {
        text.append(text.isEmpty() ? "" : ",")
                .append(cursor.device().value())
                .append(':')
                .append(cursor.position());
    }

    /** @throws IllegalArgumentException with a message for the caller when the text is not such a token */
    static Map<DeviceId, Position> parse(String text) {
        Map<DeviceId, Position> positions = new HashMap<>();
        for (String place : text.split(",", -1)) {
            int colon = place.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException(
                        "must be the unchanged id of a checkpoint, or <device>:<position>, separated by commas");
            }
            positions.put(new DeviceId(place.substring(0, colon)), Position.parse(place.substring(colon + 1)));
        }
        return positions;
    }
}
