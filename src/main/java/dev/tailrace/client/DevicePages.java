package dev.tailrace.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import java.io.IOException;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Reads the broker's list of devices page by page. */
public final class DevicePages {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private DevicePages() {}

    /** One page of devices, and the name after which the next page begins; null after the last page. */
    public record Page(List<JsonFields> devices, @Nullable String next) {}

    /** Reads all pages. */
    public static void each(Http http, BrokerUrl.Choice broker, @Nullable FleetId fleet, BiConsumer<String, Page> take)
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
    public static List<DeviceId> ofFleet(Http http, BrokerUrl.Choice broker, FleetId fleet)
            throws IOException, InterruptedException {
        List<DeviceId> devices = new ArrayList<>();
        each(
                http,
                broker,
                fleet,
                (body, page) -> page.devices().forEach(device -> devices.add(new DeviceId(device.text("device", "")))));
        return devices;
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
            throw new IOException("the response of the broker has no devices");
        }
        return new Page(devices, next);
    }
}
