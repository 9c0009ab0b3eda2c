package dev.tailrace.api;

import dev.tailrace.auth.Caller;
import dev.tailrace.auth.Identity;
import dev.tailrace.auth.Permission;
import dev.tailrace.auth.Scope;
import dev.tailrace.broker.Activity;
import dev.tailrace.broker.DeviceIndex;
import dev.tailrace.broker.DeviceSelection;
import dev.tailrace.broker.DeviceSelection.Access;
import dev.tailrace.broker.ListedDevice;
import dev.tailrace.http.Problem;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.FleetStore;
import io.vertx.core.Future;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/v1/devices}: the known devices in pages, the devices of a fleet, devices by name, or what has changed. */
public final class DeviceListRoutes {

    private final FleetStore fleets;
    private final DeviceIndex index;
    private final Activity activity;

    public DeviceListRoutes(FleetStore fleets, DeviceIndex index, Activity activity) {
        this.fleets = fleets;
        this.index = index;
        this.activity = activity;
    }

    public void mount(Router router) {
        router.get("/api/v1/devices").handler(this::devices);
    }

    private void devices(RoutingContext call) {
        DeviceQuery query = DeviceQuery.of(call.queryParams());
        Caller caller = Caller.of(call);
        fresh(caller.identity())
                .compose(fresh -> {
                    if (query.since() != null) {
                        return since(caller.identity(), query.since());
                    }
                    return query.fleet() == null ? page(caller.identity(), query) : fleet(caller, query, query.fleet());
                })
                .compose(list -> DeviceListAnswer.send(call, list))
                .onFailure(call::fail);
    }

    /** For a caller that may read no device, storage is not asked. */
    private Future<Void> fresh(Identity caller) {
        return caller.scope(Permission.LOGS_READ).isEmpty() ? Future.succeededFuture() : index.fresh();
    }

    private static Access readableBy(Identity caller) {
        return (device, fleet) -> caller.may(Permission.LOGS_READ, device, fleet);
    }

    private Future<DeviceListAnswer> page(Identity caller, DeviceQuery query) {
        String version = index.version(); // taken before the list is read, because it may change meanwhile
        var devices = query.devices().isEmpty()
                ? readable(caller, query.after())
                : query.devices().stream()
                        .map(index::get)
                        .filter(Objects::nonNull)
                        .iterator();
        return DeviceSelection.of(devices, query::wants, readableBy(caller), query.limit())
                .map(page -> answer(version, page.devices(), page.next()));
    }

    private Iterator<ListedDevice> readable(Identity caller, @Nullable DeviceId after) {
        Scope scope = caller.scope(Permission.LOGS_READ);
        return scope.everywhere() ? index.after(after) : index.after(after, scope.devices(), scope.fleets());
    }

    private DeviceListAnswer answer(String version, List<ListedDevice> devices, @Nullable DeviceId next) {
        return new DeviceListAnswer(index, activity, version, devices).next(next);
    }

    /** Devices of a fleet are listed even if they have never sent anything. */
    private Future<DeviceListAnswer> fleet(Caller caller, DeviceQuery query, FleetId fleet) {
        caller.require(Permission.LOGS_READ, fleet);
        String version = index.version();
        return fleets.devicesOf(fleet, query.after(), query.limit() + 1).map(members -> {
            if (members.isEmpty() && query.after() == null) {
                throw Problem.unknownFleet(fleet);
            }
            boolean more = members.size() > query.limit();
            List<DeviceId> page = more ? members.subList(0, query.limit()) : members;
            List<ListedDevice> devices = page.stream()
                    .map(device -> in(fleet, device))
                    .filter(query::wants)
                    .toList();
            return answer(version, devices, more ? page.get(page.size() - 1) : null);
        });
    }

    private ListedDevice in(FleetId fleet, DeviceId device) {
        ListedDevice known = index.get(device);
        return known == null ? new ListedDevice(device, fleet, null, false, 0, 0) : known.in(fleet);
    }

    private Future<DeviceListAnswer> since(Identity caller, String version) {
        // If another service decides on each device, it is unknown what has changed for the caller.
        boolean decidesElsewhere = caller.grants().isEmpty();
        DeviceIndex.Since since = decidesElsewhere ? null : index.since(version, DeviceQuery.MOST);
        if (since == null) {
            return page(caller, DeviceQuery.ALL).map(DeviceListAnswer::reset);
        }
        Access access = readableBy(caller);
        List<DeviceId> removed = since.removed().stream()
                .filter(one -> isAllowed(access.may(one.device(), one.fleet())))
                .map(ListedDevice::device)
                .toList();
        List<DeviceId> outOfReach = since.changed().stream()
                .filter(one -> !isAllowed(access.may(one.device(), one.fleet()))
                        && isAllowed(access.may(one.device(), one.formerFleet())))
                .map(ListedDevice::device)
                .toList();
        List<ListedDevice> changed = since.changed().stream()
                .filter(one -> isAllowed(access.may(one.device(), one.fleet())))
                .toList();
        return Future.succeededFuture(new DeviceListAnswer(index, activity, since.version(), changed)
                .removed(removed, outOfReach)
                .more(since.more()));
    }

    private static boolean isAllowed(Future<Boolean> may) {
        return may.succeeded() && may.result();
    }
}
