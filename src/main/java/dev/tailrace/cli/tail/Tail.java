package dev.tailrace.cli.tail;

import dev.tailrace.client.Backoff;
import dev.tailrace.client.Bearer;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.Console;
import dev.tailrace.client.DevicePages;
import dev.tailrace.client.Http;
import dev.tailrace.client.OutageNotice;
import dev.tailrace.client.Query;
import dev.tailrace.client.ReceivedEntry;
import dev.tailrace.client.Since;
import dev.tailrace.client.UsageException;
import dev.tailrace.client.Version;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.model.Position;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tailrace tail}: shows the logs of devices live, each entry once, and reports every loss. */
@Command(
        name = "tail",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Shows the log of one or more devices, or of a fleet, live until interrupted.",
            "After a lost connection it resumes at the last position: each line is shown once, and lines that are no"
                    + " longer available are shown as a gap."
        })
public final class Tail implements Callable<Integer> {

    private static final int USUAL_TAIL = 10;

    /** Number of entries to request when only a time limits them. */
    private static final int LONGEST_TAIL = 1000;

    private final Console console;
    private final Follower.Limits limits;
    private final Backoff backoff;

    @Mixin
    private BrokerUrl.Choice broker = new BrokerUrl.Choice();

    @Mixin
    private Bearer.Choice token = new Bearer.Choice();

    @Parameters(arity = "0..*", paramLabel = "DEVICE", description = "devices to show")
    private List<DeviceId> devices = List.of();

    @Option(names = "--fleet", paramLabel = "FLEET", description = "the logs of all devices of this fleet")
    private @Nullable FleetId fleet;

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "N",
            description = "start with the newest N lines of each device (default: " + USUAL_TAIL + ")")
    private @Nullable Integer tail;

    @Option(
            names = "--after",
            paramLabel = "POSITION",
            description = "start after this position, as in the id of an entry; for several devices"
                    + " DEVICE:POSITION,DEVICE:POSITION,...")
    private @Nullable String after;

    @Mixin
    private FilterOptions filters = new FilterOptions();

    @Option(
            names = "--since",
            paramLabel = "WHEN",
            description =
                    "only lines since this time: a duration such as 10m or 1h30m, or a time such as 2026-11-22T10:00:00Z")
    private @Nullable String since;

    @Option(names = "--json", description = "print entries and events as JSON, one per line")
    private boolean json;

    @Option(names = "--utc", description = "print times in UTC")
    private boolean utc;

    @Option(names = "--no-color", description = "print without colours (so does NO_COLOR)")
    private boolean noColor;

    @Option(names = "--no-follow", description = "print the stored lines and exit")
    private boolean noFollow;

    public Tail(Console console) {
        this(console, Follower.Limits.USUAL, new Backoff());
    }

    Tail(Console console, Follower.Limits limits, Backoff backoff) {
        this.console = console;
        this.limits = limits;
        this.backoff = backoff;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        filters.check();
        if ((fleet == null) == devices.isEmpty()) {
            throw new UsageException("give devices or --fleet, not both");
        }
        if (fleet != null && noFollow) {
            devices = DevicePages.ofFleet(new Http(token.read(console), broker.client()), broker, fleet);
        }
        devices = devices.stream().distinct().toList();
        ResumePositions places = places();
        Since from = from();
        if (noFollow) {
            printOnce(places, from);
        } else {
            follow(places, from);
        }
        return CommandLine.ExitCode.OK;
    }

    private ResumePositions places() {
        ResumePositions places = fleet == null ? new ResumePositions(devices) : ResumePositions.ofAll();
        try {
            if (after != null) {
                places.advance(after);
            }
            return places;
        } catch (IllegalArgumentException wrong) {
            throw new UsageException("--after: " + wrong.getMessage());
        }
    }

    private @Nullable Since from() {
        try {
            return since == null ? null : Since.parse(since, Instant.now());
        } catch (IllegalArgumentException wrong) {
            throw new UsageException("--since: " + wrong.getMessage());
        }
    }

    private LiveOutput output() {
        // Ansi.AUTO respects the variables with which users turn colours off.
        boolean colours = !noColor && CommandLine.Help.Ansi.AUTO.enabled();
        return json
                ? new JsonOutput(console.out(), console.outIsTerminal())
                : new TextOutput(console, fleet != null || devices.size() > 1, utc, colours);
    }

    // ---- following

    private void follow(ResumePositions places, @Nullable Since from) throws IOException, InterruptedException {
        long started = System.currentTimeMillis();
        // Lines that arrive from now on are shown even if the device's clock is wrong.
        Predicate<ReceivedEntry> wanted =
                entry -> from == null || entry.timestamp() >= from.millis() || entry.receivedAt() >= started;
        new Follower(
                        new Http(token.read(console), broker.client()),
                        () -> liveAddress(places),
                        places,
                        wanted,
                        output(),
                        console,
                        new OutageNotice(console, broker.url),
                        backoff,
                        limits)
                .run();
    }

    private URI liveAddress(ResumePositions places) {
        Query query = new Query();
        DeviceId sole = places.sole();
        if (sole == null) {
            query.with("fleet", fleet).withAll("device", devices);
        }
        query.with("after", places.token()).with("tail", places.areAllKnown() ? null : newest());
        String path = sole == null ? "/api/v1/logs/stream" : "/api/v1/devices/" + sole + "/logs/stream";
        return broker.url.http(path, filters.addTo(query));
    }

    private int newest() {
        return tail != null ? tail : since != null ? LONGEST_TAIL : USUAL_TAIL;
    }

    // ---- history only

    private void printOnce(ResumePositions places, @Nullable Since from) throws IOException, InterruptedException {
        Predicate<ReceivedEntry> wanted = entry -> from == null || entry.timestamp() >= from.millis();
        new History(
                        new Http(token.read(console), broker.client()),
                        device -> historyAddress(device, places),
                        wanted,
                        output())
                .show(devices);
    }

    private URI historyAddress(DeviceId device, ResumePositions places) {
        Position place = places.of(device);
        boolean all = tail == null && place != null;
        Query query = new Query().with("after", place).with("limit", all ? null : newest());
        return broker.url.http("/api/v1/devices/" + device + "/logs", filters.addTo(query));
    }
}
