package dev.tailrace.server;

import dev.tailrace.api.DeviceListRoutes;
import dev.tailrace.api.DeviceRoutes;
import dev.tailrace.api.DoctorRoutes;
import dev.tailrace.api.FleetRoutes;
import dev.tailrace.api.KeyRoutes;
import dev.tailrace.api.LimitRoutes;
import dev.tailrace.api.LoginRoutes;
import dev.tailrace.auth.Authenticator;
import dev.tailrace.auth.Gate;
import dev.tailrace.auth.HostNames;
import dev.tailrace.auth.Keys;
import dev.tailrace.auth.Logins;
import dev.tailrace.auth.Origins;
import dev.tailrace.auth.Revocations;
import dev.tailrace.auth.Tickets;
import dev.tailrace.broker.DeviceIndex;
import dev.tailrace.config.AuthSettings;
import dev.tailrace.config.LineSettings;
import dev.tailrace.config.RecordSettings;
import dev.tailrace.config.Settings;
import dev.tailrace.egress.LiveRoutes;
import dev.tailrace.egress.balena.BalenaApi;
import dev.tailrace.egress.balena.BalenaLogs;
import dev.tailrace.egress.history.HistoryRoutes;
import dev.tailrace.egress.loki.LokiQueryRoutes;
import dev.tailrace.http.BodyTimeouts;
import dev.tailrace.http.SafeHeaders;
import dev.tailrace.ingest.balena.BalenaRoutes;
import dev.tailrace.ingest.fields.SentTime;
import dev.tailrace.ingest.gelf.GelfRoutes;
import dev.tailrace.ingest.journal.JournalRoutes;
import dev.tailrace.ingest.lines.IngestRoutes;
import dev.tailrace.ingest.lines.LineFields;
import dev.tailrace.ingest.lines.LineReaders;
import dev.tailrace.ingest.lines.WebSocketIngest;
import dev.tailrace.ingest.loki.LokiRoutes;
import dev.tailrace.ingest.otlp.OtlpRoutes;
import dev.tailrace.ingest.records.FieldMapping;
import dev.tailrace.storage.Stores;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.Instant;
import java.util.List;

/** Mounts the routes of one event loop: first what every request passes, then the rooms' routes, then what answers failures. */
final class Routes {

    private final Vertx vertx;
    private final NodeServices node;
    private final LoopServices loop;
    private final Settings settings;

    Routes(Vertx vertx, NodeServices node, LoopServices loop) {
        this.vertx = vertx;
        this.node = node;
        this.loop = loop;
        this.settings = node.settings();
    }

    Router mount(DeviceIndex devices, BodyTimeouts bodies) {
        Stores stores = loop.stores();
        Revocations revocations = node.revocations();
        Keys keys = new Keys(stores.credentials(), stores.revocations(), revocations, node.clock());
        List<Authenticator> tokens = Authenticators.of(vertx, settings, keys, loop.fleets(), node.authenticators());
        Logins logins = new Logins(
                stores.credentials(),
                stores.revocations(),
                revocations,
                node.clock(),
                tokens,
                settings.auth().logins());
        Tickets tickets = new Tickets(
                stores.credentials(),
                node.clock(),
                loop.fleets(),
                settings.auth().tickets());
        Gate gate = new Gate(
                vertx,
                Authenticators.withSessions(tokens, logins, tickets),
                revocations::isRevoked,
                node.clock(),
                node.streams());

        Router router = Router.router(vertx);
        SafeHeaders.mount(router);
        origins().mount(router);
        bodies.mount(router);
        gate.mount(router);
        mountIngest(router);
        mountEgress(router, devices);
        new DeviceListRoutes(stores.fleets(), devices, node.activity()).mount(router);
        new DeviceRoutes(loop.broker(), stores.fleets(), node.activity()).mount(router);
        new KeyRoutes(stores.revocations(), keys, revocations).mount(router);
        new FleetRoutes(stores.fleets(), devices, settings.streams().fleetDevices()).mount(router);
        new LoginRoutes(logins, tickets).mount(router);
        new LimitRoutes(limits()).mount(router);
        DashboardRoutes.mount(router);
        new DoctorRoutes(settings.streams().heartbeat()).mount(router);
        DoctorPage.mount(router);
        gate.verify(router);
        Problems.mount(router, node.meters().refusals());
        return router;
    }

    private void mountIngest(Router router) {
        LineSettings lines = settings.lines();
        var names = new LineFields(lines.message(), lines.time(), lines.level(), lines.service());
        var times = new SentTime(lines.zone(), Instant::now);
        var readers = new LineReaders(settings.ingest().lineBytes(), names, times);
        new IngestRoutes(loop.ingest(), readers, new WebSocketIngest.Shared(vertx, readers)).mount(router);
        new JournalRoutes(loop.ingest()).mount(router);
        RecordSettings records = settings.records();
        new OtlpRoutes(loop.ingest(), FieldMapping.of(records.otlpDevice(), "service.name", "")).mount(router);
        new LokiRoutes(loop.ingest(), FieldMapping.of(records.lokiDevice(), records.lokiService(), records.lokiLevel()))
                .mount(router);
        new GelfRoutes(loop.ingest(), lines.zone()).mount(router);
        new BalenaRoutes(loop.ingest(), settings.balena().processingInterval()).mount(router);
    }

    private void mountEgress(Router router, DeviceIndex devices) {
        new LiveRoutes(loop.egress()).mount(router);
        new HistoryRoutes(loop.egress()).mount(router);
        new BalenaLogs(loop.egress()).mount(router);
        if (settings.balena().api()) {
            new BalenaApi(loop.broker()).mount(router);
        }
        new LokiQueryRoutes(loop.egress(), devices).mount(router);
    }

    private Origins origins() {
        AuthSettings auth = settings.auth();
        boolean ownMachineOnly = !auth.asksForCredentials() && !auth.insecure();
        return new Origins(
                auth.allowedOrigins(),
                ownMachineOnly ? HostNames.ofOwnMachine(settings.listen().host(), auth.hosts()) : null);
    }

    private JsonObject limits() {
        return new JsonObject()
                .put("ringCapacity", settings.storage().ringCapacity())
                .put("ringBytes", settings.storage().ringBytes())
                .put("ringTtlSeconds", settings.storage().ringTtl().toSeconds())
                .put("deviceLines", settings.rates().deviceLines())
                .put("deviceBytes", settings.rates().deviceBytes())
                .put("fleetLines", settings.rates().fleetLines())
                .put("fleetBytes", settings.rates().fleetBytes())
                .put("ingestWindowLines", settings.ingest().windowLines())
                .put("ingestWindowBytes", settings.ingest().windowBytes())
                .put("ingestLineBytes", settings.ingest().lineBytes())
                .put("streamDevices", settings.streams().devices())
                .put("followedDevices", settings.streams().followedDevices())
                .put("streamsPerUser", settings.streams().perUser())
                .put("fleetDevices", settings.streams().fleetDevices());
    }
}
