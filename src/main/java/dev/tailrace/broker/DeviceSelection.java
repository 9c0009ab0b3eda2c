package dev.tailrace.broker;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Selects from a list the devices that are wanted and that a caller may see, a bounded part at a time. */
public final class DeviceSelection {

    /** Devices looked at in one part, whether they are wanted or not; takes about three milliseconds. */
    private static final int MOST_LOOKED_AT = 10_000;

    /** Access checks in flight that somebody else has to answer; fewer than the answerer takes at a time. */
    private static final int MOST_ASKED = 128;

    private DeviceSelection() {}

    /** Decides what a caller may see. */
    public interface Access {
        /** Completes at once where that can be decided here. */
        Future<Boolean> may(DeviceId device, @Nullable FleetId fleet);
    }

    /**
     * A part of the devices.
     *
     * @param next the last device that was looked at; null when there is none after it
     */
    public record Page(List<ListedDevice> devices, @Nullable DeviceId next) {}

    /** At most so many devices, in their order. Fewer also when very many devices had to be looked at. */
    public static Future<Page> of(Iterator<ListedDevice> all, Predicate<ListedDevice> wanted, Access access, int most) {
        List<ListedDevice> found = new ArrayList<>();
        List<Future<Boolean>> allowed = new ArrayList<>();
        DeviceId last = null;
        int asked = 0;
        for (int looked = 0;
                all.hasNext() && looked < MOST_LOOKED_AT && found.size() < most && asked < MOST_ASKED;
                looked++) {
            ListedDevice one = all.next();
            last = one.device();
            if (!wanted.test(one)) {
                continue;
            }
            Future<Boolean> may = access.may(one.device(), one.fleet());
            if (!may.isComplete()) {
                asked++;
            }
            if (!may.succeeded() || may.result()) {
                found.add(one);
                allowed.add(may);
            }
        }
        DeviceId next = all.hasNext() ? last : null;
        return Future.all(allowed).map(answered -> {
            List<ListedDevice> devices = new ArrayList<>();
            for (int i = 0; i < found.size(); i++) {
                if (allowed.get(i).result()) {
                    devices.add(found.get(i));
                }
            }
            return new Page(devices, next);
        });
    }
}
