package dev.tailrace.auth;

import dev.tailrace.model.DeviceId;

/**
 * A permission over something, written {@code logs:read@*}, {@code logs:read@fleet/NAME} or {@code logs:write@device/NAME}.
 *
 * @param permission what is allowed
 * @param reach which devices
 * @param name of the fleet or device; empty for all
 */
public record Grant(Permission permission, Reach reach, String name) {

    /** The devices that a grant covers. */
    public enum Reach {
        ALL,
        FLEET,
        DEVICE
    }

    /** @throws IllegalArgumentException with a description of the notation */
    public static Grant parse(String text) {
        int at = text.indexOf('@');
        if (at < 0) {
            throw notAGrant();
        }
        Permission permission = Permission.of(text.substring(0, at));
        String over = text.substring(at + 1);
        if (over.equals("*")) {
            return new Grant(permission, Reach.ALL, "");
        }
        int slash = over.indexOf('/');
        String kind = slash < 0 ? "" : over.substring(0, slash);
        String name = new DeviceId(over.substring(slash + 1)).value(); // names of fleets have the same characters
        return switch (kind) {
            case "fleet" -> new Grant(permission, Reach.FLEET, name);
            case "device" -> new Grant(permission, Reach.DEVICE, name);
            default -> throw notAGrant();
        };
    }

    private static IllegalArgumentException notAGrant() {
        return new IllegalArgumentException(
                "a grant has the form PERMISSION@*, PERMISSION@fleet/NAME or PERMISSION@device/NAME");
    }

    /** Allows one device. */
    public static Grant device(Permission permission, DeviceId device) {
        return new Grant(permission, Reach.DEVICE, device.value());
    }

    /** Allows everything. */
    public static Grant all(Permission permission) {
        return new Grant(permission, Reach.ALL, "");
    }

    @Override
    public String toString() {
        return permission.wire()
                + switch (reach) {
                    case ALL -> "@*";
                    case FLEET -> "@fleet/" + name;
                    case DEVICE -> "@device/" + name;
                };
    }
}
