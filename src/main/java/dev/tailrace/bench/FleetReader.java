package dev.tailrace.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One reader that follows all devices as a fleet on one stream. */
final class FleetReader extends Peer implements FleetScanner.Lines {

    private static final int OK = 200;

    private final List<Device> devices;
    private final Tally tally;
    private final List<Ledger> ledgers = new ArrayList<>(); // by the device's index
    private final ChunkedBody body = new ChunkedBody();
    private final FleetScanner scanner = new FleetScanner(this);
    private boolean open;

    FleetReader(Wire wire, Plan plan, String fleet, List<Device> devices, Tally tally) throws IOException {
        super(wire, wire.connect(0), OK, plan.get("/api/v1/logs/stream?fleet=" + fleet, "text/event-stream"));
        this.devices = devices;
        this.tally = tally;
        devices.forEach(device -> ledgers.add(new Ledger(tally, false)));
    }

    /** The places of all devices are known when the first checkpoint has arrived. */
    @Override
    boolean isOpen() {
        return open;
    }

    /** Whether all lines that the broker has stored have arrived. */
    boolean isComplete() {
        return failure() != null
                || devices.stream()
                        .allMatch(device -> ledgers.get(device.index()).nextLine() > device.acknowledged());
    }

    /** Counts lines that have not arrived as lost. */
    void closeLedger() {
        if (failure() == null) {
            devices.forEach(device -> ledgers.get(device.index()).close(device.acknowledged()));
        }
    }

    @Override
    void head(String head) {
        body.begin(head);
    }

    @Override
    void receive(byte[] bytes, int from, int to) throws IOException {
        tally.read(to - from, wire.receivedAt);
        int end = body.copy(bytes, from, to, wire.work, takeRest(wire.work));
        keepRest(wire.work, scanner.scan(wire.work, 0, end), end);
        if (body.isEnded()) {
            fail("the broker ended a stream");
        }
    }

    @Override
    public void entry(int device, long offset, long line, long sentNanos) {
        ledgers.get(device).entry(offset, line);
        tally.delivered++;
        tally.latency(sentNanos, wire.receivedAt);
    }

    @Override
    public void other(String event) {
        open |= event.startsWith("event: checkpoint\nid: ");
        if (event.startsWith("event: gap\n")) {
            Long count = new JsonObject(event.substring(event.indexOf("data: ") + 6)).getLong("count");
            tally.gaps++;
            tally.gapEntries += count == null ? 1 : count;
        } else if (event.startsWith("data: ")) {
            tally.foreign++;
        }
    }

    @Override
    void gone() {
        tally.broken++;
    }
}
