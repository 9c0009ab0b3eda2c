package dev.tailrace.bench;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One device: a WebSocket whose lines are numbered from 1 and acknowledged. */
final class Device extends Peer implements FrameScanner.Frames {

    private static final int SWITCHING_PROTOCOLS = 101;

    /** Schedules the frames of devices. */
    interface Pace {
        /**
         * The time at which the device's frame with this number, counted from 0, is due; {@link Long#MAX_VALUE} for not
         * yet.
         */
        long due(Device device, long frame, long now);

        /** Called when the device may have room for more lines. */
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
    private int readers; // that must receive each line before it leaves the window
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

    /** Whether the device has to be queued to send; it counts as queued afterwards. */
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

    /** A reader has received the lines {@code [from, to)}, or will never receive them. */
    void settled(long from, long to) {
        if (!plan.isOpenLoop() && from < to) {
            inFlight.settled(from, to);
            pace.ready(this);
        }
    }

    /** Sends all frames that are due, as far as the socket accepts them. */
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

    // ---- messages from the broker

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
    public void onText(String text) {
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
