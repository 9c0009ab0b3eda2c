package dev.tailrace.server;

import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Fleets;
import dev.tailrace.config.Settings;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;

/** Lets {@link dev.tailrace.testing.RunningBroker} start a broker with authenticators of the test, which only this package may do. */
public final class Started {

    private Started() {}

    public static Future<BrokerServer> with(Settings settings, Function<Fleets, List<Authenticator>> authenticators) {
        return BrokerServer.start(settings, authenticators);
    }
}
