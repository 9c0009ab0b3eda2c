package dev.tailrace.cli.tail;

import dev.tailrace.client.ErrorText;
import dev.tailrace.client.Http;
import dev.tailrace.client.JsonFields;
import dev.tailrace.client.ReceivedEntry;
import dev.tailrace.model.DeviceId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Shows the current contents of the rings of some devices, once. */
final class History {

    /** Limit for the head of an answer. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Http http;
    private final Function<DeviceId, URI> address;
    private final Predicate<ReceivedEntry> wanted;
    private final LiveOutput output;

    History(Http http, Function<DeviceId, URI> address, Predicate<ReceivedEntry> wanted, LiveOutput output) {
        this.http = http;
        this.address = address;
        this.wanted = wanted;
        this.output = output;
    }

    /** An entry, and the latest time of receipt of its device's entries up to it. */
    private record Dated(long receivedBy, ReceivedEntry entry) {}

    /**
     * Shows each device's entries in their own order, and those of several by the time they were received.
     *
     * @throws IOException when the broker does not answer, or refuses
     */
    void show(List<DeviceId> devices) throws IOException, InterruptedException {
        List<Dated> all = new ArrayList<>();
        for (DeviceId device : devices) {
            read(device, all);
        }
        all.stream()
                .sorted(Comparator.comparingLong(Dated::receivedBy))
                .filter(dated -> wanted.test(dated.entry()))
                .forEach(dated -> output.entry(dated.entry()));
    }

    private void read(DeviceId device, List<Dated> all) throws IOException, InterruptedException {
        URI from = address.apply(device);
        try (Stream<String> lines = http.get(from, "application/x-ndjson", BodyHandlers.ofLines(), LIMIT)) {
            long receivedBy =
                    0; // not receivedAt itself, because brokers' clocks differ, and the order within a device is that
            // of offsets
            for (Iterator<String> each = lines.iterator(); each.hasNext(); ) {
                String line = each.next();
                JsonFields fields = JsonFields.readOrEmpty(line);
                if (fields.has("event")) {
                    output.event(fields.text("event", ""), device, fields, line);
                } else if (!line.isBlank()) {
                    ReceivedEntry entry = ReceivedEntry.read(line, device);
                    receivedBy = Math.max(receivedBy, entry.receivedAt());
                    all.add(new Dated(receivedBy, entry));
                }
            }
        } catch (UncheckedIOException lost) {
            throw new IOException(ErrorText.of(lost), lost);
        }
    }
}
