package dev.tailrace.cli;

import dev.tailrace.client.Bearer;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.Console;
import dev.tailrace.client.DevicePages;
import dev.tailrace.client.Http;
import dev.tailrace.client.JsonFields;
import dev.tailrace.client.Query;
import dev.tailrace.client.SafeText;
import dev.tailrace.client.Version;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tailrace devices}: the devices with a log, their status, and their fleets. */
@Command(
        name = "devices",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = "Lists the known devices.")
public final class Devices implements Callable<Integer> {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final List<String> HEAD = List.of("DEVICE", "FLEET", "ONLINE", "LAST SEEN", "LINES/S", "WATCHERS");

    private static final int FIRST_NUMBER = 4; // columns from here on are numbers, and are right-aligned

    private final Console console;

    @Mixin
    private BrokerUrl.Choice broker = new BrokerUrl.Choice();

    @Option(names = "--fleet", paramLabel = "FLEET", description = "only the devices of this fleet")
    private @Nullable FleetId fleet;

    @Mixin
    private Bearer.Choice token = new Bearer.Choice();

    @Option(names = "--json", description = "print the JSON responses of the broker, one page of devices per line")
    private boolean json;

    Devices(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<JsonFields> devices = new ArrayList<>();
        DevicePages.each(http(), broker, fleet, (body, page) -> {
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

    @Command(
            name = "assign",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description =
                    "Assigns a device to a fleet in place of its current one; without FLEET, removes it from its fleet.")
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

    // In the largest unit that fits; with a clock that is slower than the broker's, the age is 0.
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
