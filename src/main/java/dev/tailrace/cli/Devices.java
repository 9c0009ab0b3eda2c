package dev.tailrace.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tailrace devices}: who has a log, who is there now, and which fleet each belongs to. */
@Command(
        name = "devices",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = "Lists the known devices.")
final class Devices implements Callable<Integer> {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final List<String> HEAD = List.of("DEVICE", "FLEET", "ONLINE", "LAST SEEN", "LINES/S", "WATCHERS");

    private static final int FIRST_NUMBER = 4; // columns from here on are numbers, and stand right

    private final Console console;

    @Mixin
    private BrokerUrl.Choice broker = new BrokerUrl.Choice();

    @Option(names = "--fleet", paramLabel = "FLEET", description = "only the devices of this fleet")
    private @Nullable FleetId fleet;

    @Mixin
    private Bearer.Choice token = new Bearer.Choice();

    @Option(names = "--json", description = "print the broker's answers as they are: a line for each page of devices")
    private boolean json;

    Devices(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<JsonFields> devices = new ArrayList<>();
        eachPage(http(), broker, fleet, (body, page) -> {
            if (json) {
                console.out().println(body);
            } else {
                devices.addAll(page.devices());
            }
        });
        if (!json) {
            printTable(devices);
        }
        return CommandLine.ExitCode.OK;
    }

    private Http http() throws IOException {
        return new Http(token.read(console), broker.client());
    }

    /** Some of the devices, and the name after which the next page begins; null when there is none. */
    private record Page(List<JsonFields> devices, @Nullable String next) {}

    /** Asks for one page after the other. */
    private static void eachPage(
            Http http, BrokerUrl.Choice broker, @Nullable FleetId fleet, BiConsumer<String, Page> take)
            throws IOException, InterruptedException {
        String after = null;
        do {
            String body = http.get(
                    broker.url.http(
                            "/api/v1/devices", new Query().with("fleet", fleet).with("after", after)),
                    "application/json",
                    BodyHandlers.ofString(),
                    LIMIT);
            Page page = read(body);
            take.accept(body, page);
            after = page.next;
        } while (after != null);
    }

    /** The devices of a fleet. */
    static List<DeviceId> ofFleet(Http http, BrokerUrl.Choice broker, FleetId fleet)
            throws IOException, InterruptedException {
        List<DeviceId> devices = new ArrayList<>();
        eachPage(
                http,
                broker,
                fleet,
                (body, page) -> page.devices().forEach(device -> devices.add(new DeviceId(device.text("device", "")))));
        return devices;
    }

    @Command(
            name = "assign",
            mixinStandardHelpOptions = true,
            versionProvider = Main.Version.class,
            description = "Moves a device into a fleet, out of the one it was in; without FLEET into none.")
    int assign(
            @Mixin BrokerUrl.Choice to,
            @Parameters(paramLabel = "DEVICE") DeviceId device,
            @Parameters(paramLabel = "FLEET", arity = "0..1") @Nullable FleetId into)
            throws IOException, InterruptedException {
        URI address = to.url.http("/api/v1/devices/" + device + "/fleet", new Query());
        Http http = new Http(token.read(console), to.client());
        if (into == null) {
            http.call("DELETE", address, "", LIMIT);
        } else {
            http.call("PUT", address, "{\"fleet\":\"" + into + "\"}", LIMIT);
        }
        return CommandLine.ExitCode.OK;
    }

    private static Page read(String body) throws IOException {
        List<JsonFields> devices = null;
        String next = null;
        try (JsonParser parser = JsonFields.JSON.createParser(body)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                if (field.equals("devices") && value == JsonToken.START_ARRAY) {
                    devices = new ArrayList<>();
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        devices.add(JsonFields.readObject(parser));
                    }
                } else if (field.equals("next")) {
                    next = parser.getValueAsString();
                } else {
                    parser.skipChildren();
                }
            }
        }
        if (devices == null) {
            throw new IOException("the broker's answer has no devices");
        }
        return new Page(devices, next);
    }

    private void printTable(List<JsonFields> devices) {
        long now = System.currentTimeMillis();
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        devices.forEach(device -> rows.add(row(device, now)));
        int[] widths = new int[HEAD.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        rows.forEach(row -> console.out().println(pad(row, widths)));
    }

    private static List<String> row(JsonFields device, long now) {
        long lastSeen = device.number("lastSeen", 0);
        return List.of(
                SafeText.plain(device.text("device", "?")),
                SafeText.plain(device.text("fleet", "-")),
                device.flag("online") ? "yes" : "no",
                lastSeen == 0 ? "-" : ago(now - lastSeen),
                device.text("linesPerSecond", "-"),
                device.text("watchers", "-"));
    }

    private static String pad(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String space = " ".repeat(widths[i] - row.get(i).length());
            line.append(i == 0 ? "" : "  ");
            line.append(i < FIRST_NUMBER ? row.get(i) + space : space + row.get(i));
        }
        return line.toString().stripTrailing();
    }

    // In the largest unit that fits; a clock that is behind the broker's has seen everything just now.
    private static String ago(long millis) {
        long seconds = Math.max(0, millis / 1000);
        if (seconds < 60) {
            return seconds + "s ago";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m ago";
        }
        return seconds < 86400 ? seconds / 3600 + "h ago" : seconds / 86400 + "d ago";
    }
}
