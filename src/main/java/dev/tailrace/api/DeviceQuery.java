package dev.tailrace.api;

import dev.tailrace.broker.ListedDevice;
import dev.tailrace.http.Problem;
import dev.tailrace.http.RequestIds;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The devices that a request asks for.
 *
 * @param limit devices in the response at most
 * @param after the page begins after this name
 * @param text that the name of the device or of its fleet contains, in lower case; empty for any
 * @param online null for devices in either state
 * @param devices only these; empty for any
 * @param since only changes since this version
 */
record DeviceQuery(
        int limit,
        @Nullable DeviceId after,
        String text,
        @Nullable FleetId fleet,
        @Nullable Boolean online,
        List<DeviceId> devices,
        @Nullable String since) {

    /** Devices in one response: about 170 KB, which it holds until its client has accepted it. */
    static final int MOST = 1000;

    private static final int MOST_NAMED = 100;
    private static final int MOST_TEXT = 128;

    /** The first page of all devices. */
    static final DeviceQuery ALL = new DeviceQuery(MOST, null, "", null, null, List.of(), null);

    /** @throws Problem that names a wrong parameter */
    static DeviceQuery of(MultiMap params) {
        String since = params.get("since");
        if (since != null && params.size() > 1) {
            throw Problem.badParameter("since", "cannot be combined with other parameters");
        }
        String after = params.get("after");
        String fleet = params.get("fleet");
        return new DeviceQuery(
                limit(params.get("limit")),
                after == null ? null : RequestIds.device(after),
                text(params.get("q")),
                fleet == null ? null : RequestIds.fleet(fleet),
                online(params.get("online")),
                devices(params.getAll("device")),
                since);
    }

    static int limit(@Nullable String text) {
        if (text == null) {
            return MOST;
        }
        if (text.matches("[0-9]{1,4}")) {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MOST) {
                return limit;
            }
        }
        throw Problem.badParameter("limit", "must be from 1 to " + MOST + "; `next` in the response leads to the rest");
    }

    private static String text(@Nullable String text) {
        if (text != null && text.length() > MOST_TEXT) {
            throw Problem.badParameter("q", "must have at most " + MOST_TEXT + " characters");
        }
        return text == null ? "" : text.toLowerCase(Locale.ROOT);
    }

    private static @Nullable Boolean online(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw Problem.badParameter("online", "must be true or false");
        };
    }

    private static List<DeviceId> devices(List<String> names) {
        if (names.size() > MOST_NAMED) {
            throw Problem.badParameter("device", "may be given " + MOST_NAMED + " times at most");
        }
        return names.stream().map(RequestIds::device).distinct().sorted().toList();
    }

    boolean wants(ListedDevice device) {
        return (online == null || online == device.online())
                && (text.isEmpty()
                        || has(device.device().value())
                        || (device.fleet() != null && has(device.fleet().value())));
    }

    private boolean has(String name) {
        return name.toLowerCase(Locale.ROOT).contains(text);
    }
}
