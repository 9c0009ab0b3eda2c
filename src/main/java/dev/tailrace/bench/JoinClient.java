package dev.tailrace.bench;

import java.io.IOException;

/** A reader that requests a whole ring. */
final class JoinClient extends Peer implements Scanner.Events {

    private static final int OK = 200;

    private final Tally tally;
    private final int lines;
    private final ChunkedBody body = new ChunkedBody();
    private final Scanner scanner;
    private final long asked;
    private long next = 1;

    JoinClient(Wire wire, Plan plan, Link link, int device, Tally tally) throws IOException {
        super(wire, link, OK, plan.get(plan.dialect().ring(plan.device(device), plan.ring()), "text/event-stream"));
        this.tally = tally;
        this.lines = plan.ring();
        this.scanner = plan.dialect().scanner(plan.lineBytes(), this);
        this.asked = wire.now();
    }

    /** The number of lines that have not arrived. */
    long missing() {
        return lines + 1 - next;
    }

    @Override
    boolean isOpen() {
        return missing() == 0;
    }

    @Override
    void head(String head) {
        body.begin(head);
    }

    @Override
    void receive(byte[] bytes, int from, int to) throws IOException {
        int end = body.copy(bytes, from, to, wire.work, takeRest(wire.work));
        keepRest(wire.work, scanner.scan(wire.work, 0, end), end);
        if (body.isEnded()) {
            fail("the broker ended a stream");
        }
    }

    @Override
    public void entry(long offset, long line, long sentNanos) {
        tally.delivered++;
        if (line != next) {
            tally.disordered++;
            return;
        }
        next++;
        if (missing() == 0) {
            tally.latency(asked, wire.receivedAt);
        }
    }

    @Override
    public void place(long offset) {}

    @Override
    public void named(String name, String data) {
        if (name.equals("gap")) {
            tally.gaps++;
        }
    }

    @Override
    public void foreign(long offset) {
        tally.foreign++;
    }

    @Override
    void gone() {
        tally.broken++;
    }
}
