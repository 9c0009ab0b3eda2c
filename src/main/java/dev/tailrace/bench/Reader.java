package dev.tailrace.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;

/** One reader of one device's live stream. */
final class Reader extends Peer implements Scanner.Events {

    /** How a reader reads. */
    enum Kind {
        FAST(0),
        SLOW(4096),
        STALLED(4096);

        // Small, so that bytes for a reader that does not read soon wait in the broker rather than in the kernel.
        private final int receiveBuffer;

        Kind(int receiveBuffer) {
            this.receiveBuffer = receiveBuffer;
        }
    }

    private static final int OK = 200;

    private final Kind kind;
    private final Device device;
    private final Tally tally;
    private final Ledger ledger;
    private final ChunkedBody body = new ChunkedBody();
    private final Scanner scanner;
    private final boolean placed;
    private boolean open;

    Reader(Wire wire, Plan plan, Kind kind, Device device, Tally tally) throws IOException {
        super(wire, wire.connect(kind.receiveBuffer), OK, request(plan, device));
        this.kind = kind;
        this.device = device;
        this.tally = tally;
        this.ledger = new Ledger(tally, kind == Kind.SLOW);
        this.scanner = plan.dialect().scanner(plan.lineBytes(), this);
        this.placed = plan.dialect().isPlaced();
    }

    private static String request(Plan plan, Device device) {
        return plan.get(plan.dialect().stream(plan.device(device.index())), "text/event-stream");
    }

    Kind kind() {
        return kind;
    }

    /** Whether all lines that the broker has stored have arrived. */
    boolean isComplete() {
        return kind != Kind.FAST || failure() != null || ledger.nextLine() > device.acknowledged();
    }

    /** Counts lines that have not arrived as lost. */
    void closeLedger() {
        if (kind == Kind.FAST && failure() == null) {
            ledger.close(device.acknowledged());
        }
    }

    @Override
    boolean isOpen() {
        return open;
    }

    @Override
    void head(String head) {
        body.begin(head);
        if (!placed) {
            place(0);
        }
    }

    @Override
    void receive(byte[] bytes, int from, int to) throws IOException {
        tally.read(to - from, wire.receivedAt);
        int end = body.copy(bytes, from, to, wire.work, takeRest(wire.work));
        long before = ledger.nextLine();
        keepRest(wire.work, scanner.scan(wire.work, 0, end), end);
        if (kind == Kind.FAST) {
            device.settled(before, ledger.nextLine());
        }
        if (body.isEnded()) {
            fail("the broker ended a stream");
        }
    }

    // ---- events of the stream

    @Override
    public void entry(long offset, long line, long sentNanos) {
        ledger.entry(offset, line);
        if (kind == Kind.FAST) {
            tally.delivered++;
            tally.latency(sentNanos, wire.receivedAt);
        } else {
            tally.deliveredSlow++;
        }
    }

    @Override
    public void place(long offset) {
        ledger.place(offset);
        if (!open) {
            open = true;
            if (kind != Kind.FAST) {
                stopReading();
            }
        }
    }

    @Override
    public void named(String name, String data) {
        if (!name.equals("gap")) {
            return;
        }
        JsonObject gap = new JsonObject(data);
        if (gap.getLong("count") == null || gap.getString("to") == null) {
            ledger.openGap();
        } else {
            ledger.gap(offset(gap.getString("from")), offset(gap.getString("to")), gap.getLong("count"));
        }
    }

    private static long offset(String position) {
        return Long.parseLong(position.substring(position.lastIndexOf('-') + 1));
    }

    @Override
    public void foreign(long offset) {
        tally.foreign++;
        ledger.skip(offset);
    }

    @Override
    void gone() {
        if (kind == Kind.FAST) {
            tally.broken++;
            device.readBy(-1);
            device.settled(ledger.nextLine(), Long.MAX_VALUE);
        } else {
            tally.evicted++;
        }
    }
}
