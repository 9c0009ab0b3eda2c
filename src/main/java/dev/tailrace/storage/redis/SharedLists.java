package dev.tailrace.storage.redis;

import dev.tailrace.storage.redis.link.Call;
import dev.tailrace.storage.redis.link.RedisRouter;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;

/**
 * The data that all devices share, such as the directory, for all event loops of a broker. It has a connection of its
 * own, so that no append waits for a long answer.
 */
final class SharedLists {

    private final RedisRouter link;
    private final Hop hop;
    private final DeviceRegistry devices;
    private final FleetRegistry fleets;

    /** Made on the event loop that it uses. */
    SharedLists(RedisServices services) {
        this.link = services.redis().router();
        this.hop = new Hop(services.redis().vertx());
        this.devices = new DeviceRegistry(link, hop, services.options(), services.damage());
        this.fleets = new FleetRegistry(link, hop, services.damage());
    }

    /** See {@link RedisRouter#start}. */
    Future<Void> start() {
        return link.start();
    }

    /** Makes a call whose answer may be long. Called from any event loop. */
    Future<Response> call(Call call) {
        return hop.there(() -> link.call(call));
    }

    DeviceRegistry devices() {
        return devices;
    }

    FleetRegistry fleets() {
        return fleets;
    }

    void close() {
        link.close();
    }
}
