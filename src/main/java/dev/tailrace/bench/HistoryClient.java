package dev.tailrace.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A reader that requests a ring's entries repeatedly, on one connection. */
final class HistoryClient extends Peer {

    private static final int OK = 200;
    private static final String ENTRY = "\"message\":\"";

    private final Tally tally;
    private final int lines;
    private final String request;
    private ChunkedBody body = new ChunkedBody();
    private long asked;
    private int length;
    private int firstLength; // of the first answer, whose entries were counted

    HistoryClient(Wire wire, Plan plan, int device, Tally tally) throws IOException {
        this(wire, plan, plan.get(plan.dialect().history(plan.device(device), plan.ring()), "application/json"), tally);
    }

    private HistoryClient(Wire wire, Plan plan, String request, Tally tally) throws IOException {
        super(wire, wire.connect(0), OK, request);
        this.tally = tally;
        this.lines = plan.ring();
        this.request = request;
        this.asked = wire.now();
    }

    @Override
    boolean isOpen() {
        return firstLength > 0;
    }

    @Override
    void head(String head) {
        body = new ChunkedBody();
        body.begin(head);
        length = 0;
    }

    @Override
    void receive(byte[] bytes, int from, int to) throws IOException {
        int before = firstLength == 0 ? takeRest(wire.work) : 0;
        int end = body.copy(bytes, from, to, wire.work, before);
        length += end - before;
        if (firstLength == 0) {
            keepRest(wire.work, 0, end);
        }
        if (body.isEnded()) {
            answered();
        }
    }

    private void answered() throws IOException {
        if (firstLength == 0) {
            firstLength = length;
            count(new String(wire.work, 0, takeRest(wire.work), StandardCharsets.ISO_8859_1));
            keepRest(wire.work, 0, 0);
        }
        tally.lost += length == firstLength ? 0 : 1;
        tally.delivered++;
        tally.latency(asked, wire.receivedAt);
        asked = wire.now();
        request(request);
    }

    private void count(String answer) {
        int entries = 0;
        for (int at = answer.indexOf(ENTRY); at >= 0; at = answer.indexOf(ENTRY, at + 1)) {
            entries++;
        }
        tally.lost += lines - entries;
    }

    @Override
    void gone() {
        tally.broken++;
    }
}
