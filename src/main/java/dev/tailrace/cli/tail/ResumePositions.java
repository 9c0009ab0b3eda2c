package dev.tailrace.cli.tail;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Position;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The position up to which each device's entries have been shown. A new connection resumes there, and entries up to it
 * are not shown again.
 */
final class ResumePositions {

    /** The prefix of a token whose places the broker keeps. */
    private static final String KEPT = "s.";

    private final List<DeviceId> devices;
    private final boolean any;
    private final Map<DeviceId, Position> shown = new LinkedHashMap<>();
    private @Nullable String kept; // the newest token, when it does not name devices

    ResumePositions(List<DeviceId> devices) {
        this(devices, false);
    }

    private ResumePositions(List<DeviceId> devices, boolean any) {
        this.devices = devices;
        this.any = any;
    }

    /** For any devices, as those of a fleet. */
    static ResumePositions ofAll() {
        return new ResumePositions(List.of(), true);
    }

    /** The device of a stream that has only one, or null. */
    @Nullable
    DeviceId sole() {
        return devices.size() == 1 ? devices.get(0) : null;
    }

    /** Moves a device's place forward; returns false when the place is there or beyond already. */
    boolean advance(DeviceId device, Position position) {
        Position last = shown.get(device);
        // The offsets of two epochs cannot be compared: another epoch is always new.
        boolean news = last == null || !last.epoch().equals(position.epoch()) || last.offset() < position.offset();
        if (news) {
            shown.put(device, position);
        }
        return news;
    }

    /**
     * Moves to a resume token: a position for one device, {@code a:k3f9-42,b:q8x1-7} for several. A token without
     * device names moves no place: repeated entries are recognised by their positions.
     *
     * @throws IllegalArgumentException with a message for the caller when the text is no such token
     */
    void advance(String token) {
        DeviceId sole = sole();
        if (sole != null && token.indexOf(':') < 0) {
            advance(sole, Position.parse(token));
            return;
        }
        if (token.startsWith(KEPT) && token.indexOf(':') < 0) {
            kept = token;
            return;
        }
        for (String place : token.split(",", -1)) {
            int colon = place.indexOf(':');
            if (colon < 0) {
                throw new IllegalArgumentException(
                        "positions of several devices have the form DEVICE:POSITION,DEVICE:POSITION,…, such as a:k3f9-42,b:q8x1-7");
            }
            DeviceId device = new DeviceId(place.substring(0, colon));
            Position position = Position.parse(place.substring(colon + 1));
            if (any || devices.contains(device)) {
                advance(device, position);
            }
        }
        kept = null;
    }

    /** Whether every device has a place. */
    boolean areAllKnown() {
        return !any && shown.size() == devices.size();
    }

    /** One device's place, or null before its first entry. */
    @Nullable
    Position of(DeviceId device) {
        return shown.get(device);
    }

    /** The resume token, or null while no device has a place. */
    @Nullable
    String token() {
        if (kept != null) {
            return kept;
        }
        if (shown.isEmpty()) {
            return null;
        }
        DeviceId sole = sole();
        return sole != null
                ? String.valueOf(shown.get(sole))
                : shown.entrySet().stream()
                        .map(place -> place.getKey() + ":" + place.getValue())
                        .collect(Collectors.joining(","));
    }
}
