package dev.tailrace.bench;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One device: a WebSocket whose lines are numbered from 1 and acknowledged. */
final class Device extends Peer implements FrameScanner.Frames {

    private static final int SWITCHING_PROTOCOLS = 101;

    /** What asks devices to send. */
    interface Pace {
        /** When the device's frame with this number, counted from 0, is to leave; {@link Long#MAX_VALUE} for not yet. */
        long due(Device device, long frame, long now);

        /** The device may have room for more. */
        void ready(Device device);
    }

    private final Plan plan;
    private final int index;
    private final Tally tally;
    private final Pace pace;
    private final FrameTemplate frame;
    private final InFlight inFlight;
    private final FrameScanner scanner = new FrameScanner(this);
    private boolean open;
    private boolean queued = true;
    private int readers; // that have each line before it is out of the window
    private long frames;
    private long sent;
    private long acknowledged;

    Device(Wire wire, Plan plan, int index, String run, FrameTemplate frame, Tally tally, Pace pace)
            throws IOException {
        super(wire, wire.connect(0), SWITCHING_PROTOCOLS, request(plan, index, run));
        this.plan = plan;
        this.index = index;
        this.frame = frame;
        this.tally = tally;
        this.pace = pace;
        this.inFlight = new InFlight(plan.window());
    }

    private static String request(Plan plan, int index, String run) {
        return plan.begin(plan.dialect().ingest(plan.device(index), run))
                + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    }

    int index() {
        return index;
    }

    long sent() {
        return sent;
    }

    long acknowledged() {
        return acknowledged;
    }

    /** Whether the window has room for a frame. */
    boolean hasRoom() {
        return inFlight.room() >= plan.batch() && sent - acknowledged < (long) plan.unansweredFrames() * plan.batch();
    }

    /** Whether it has to be put in line to send, which it is from now on. */
    boolean enqueued() {
        boolean news = !queued;
        queued = true;
        return news;
    }

    void dequeued() {
        queued = false;
    }

    void readBy(int count) {
        readers += count;
    }

    /** A reader has the lines {@code [from, to)}, or will never have them. */
    void settled(long from, long to) {
        if (!plan.isOpenLoop() && from < to) {
            inFlight.settled(from, to);
            pace.ready(this);
        }
    }

    /** Sends all frames that are due and that the socket takes. */
    void send(long now) {
        try {
            long due = pace.due(this, frames, now);
            while (due <= now && !isFull() && failure() == null) {
                ByteBuffer out = wire.out.clear();
                for (; due <= now && out.remaining() >= frame.bytes(); due = pace.due(this, frames, now)) {
                    put(out, due);
                }
                write(out.flip());
            }
        } catch (IOException cause) {
            fail(String.valueOf(cause.getMessage()));
        }
    }

    private void put(ByteBuffer out, long due) {
        frame.put(out, sent + 1, due);
        frames++;
        sent += plan.batch();
        tally.sent += plan.batch();
        if (!plan.isOpenLoop()) {
            inFlight.sent(plan.batch(), 1 + readers);
        }
    }

    @Override
    void drained() {
        pace.ready(this);
    }

    // ---- what the broker says

    @Override
    boolean isOpen() {
        return open;
    }

    @Override
    void receive(byte[] bytes, int from, int to) throws IOException {
        open = true;
        int before = takeRest(wire.work);
        System.arraycopy(bytes, from, wire.work, before, to - from);
        int end = before + to - from;
        keepRest(wire.work, scanner.scan(wire.work, 0, end), end);
    }

    @Override
    public void acknowledged(long seq) {
        acknowledgedLine(seq - LineFormat.FIRST);
    }

    private void acknowledgedLine(long line) {
        if (line > acknowledged && line <= sent) {
            long before = acknowledged;
            acknowledged = line;
            tally.acknowledged += line - before;
            settled(before + 1, line + 1);
        }
    }

    @Override
    public void told(String text) {
        if (plan.dialect().acknowledgesLines()) {
            tally.rejected++;
        } else {
            acknowledgedLine(acknowledged + plan.batch());
        }
    }

    @Override
    public void pinged(byte[] payload) {
        try {
            write(FrameTemplate.pong(payload));
        } catch (IOException cause) {
            fail(String.valueOf(cause.getMessage()));
        }
    }

    @Override
    public void closed(int code) {
        fail("the broker closed a device's connection with code " + code);
    }

    @Override
    void gone() {
        tally.broken++;
    }
}
