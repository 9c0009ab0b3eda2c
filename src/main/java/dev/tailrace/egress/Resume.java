package dev.tailrace.egress;

import dev.tailrace.broker.Start;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a reader of several devices resumes.
 *
 * @param positions of the devices whose position is known
 * @param kind whether the reader resumes, and whether its positions are known
 */
record Resume(Map<DeviceId, Position> positions, Kind kind) {

    enum Kind {
        FRESH,
        KNOWN,
        LOST
    }

    /** A reader without a token. */
    static final Resume NONE = new Resume(Map.of(), Kind.FRESH);

    /** A reader whose token names positions that are not kept any more. */
    static final Resume LOST = new Resume(Map.of(), Kind.LOST);

    static Resume at(Map<DeviceId, Position> positions) {
        return new Resume(positions, Kind.KNOWN);
    }

    /** @param fresh where a device without a position begins */
    Map<DeviceId, Start> starts(List<DeviceId> devices, Start fresh) {
        Map<DeviceId, Start> starts = new LinkedHashMap<>();
        for (DeviceId device : devices) {
            Position position = positions.get(device);
            starts.put(device, position == null ? fresh : new Start.After(position));
        }
        return starts;
    }
}
