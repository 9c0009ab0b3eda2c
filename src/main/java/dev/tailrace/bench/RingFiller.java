package dev.tailrace.bench;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Fills each device's ring. */
final class RingFiller implements Device.Pace {

    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(60);

    private final Plan plan;
    private final Wire wire;
    private final Tally tally = new Tally();
    private final Deque<Device> ready = new ArrayDeque<>();

    private RingFiller(Plan plan, Wire wire) {
        this.plan = plan;
        this.wire = wire;
    }

    static void run(Plan plan) throws IOException {
        try (var wire = new Wire(plan)) {
            new RingFiller(plan, wire).run();
        }
    }

    private void run() throws IOException {
        String run = plan.newRun();
        var frame = new FrameTemplate(plan);
        var opening = new ConnectionOpener(wire);
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < plan.devices(); i++) {
            Device device = new Device(wire, plan, i, run, frame, tally, this);
            devices.add(device);
            opening.add(device);
        }
        opening.awaitAll();
        ready.addAll(devices);
        long all = (long) plan.devices() * plan.ring();
        long limit = wire.now() + LIMIT;
        while (tally.acknowledged < all) {
            for (int left = ready.size(); left > 0; left--) {
                Device device = ready.removeFirst();
                device.dequeued();
                device.send(wire.now());
            }
            wire.turn(ready.isEmpty() ? MILLI : 0);
            if (tally.broken > 0 || wire.now() > limit) {
                throw new IOException("the rings cannot be filled: " + tally.acknowledged + " of " + all + " lines");
            }
        }
    }

    @Override
    public long due(Device device, long frame, long now) {
        return frame * plan.batch() < plan.ring() && device.hasRoom() ? now : Long.MAX_VALUE;
    }

    @Override
    public void ready(Device device) {
        if (device.enqueued()) {
            ready.addLast(device);
        }
    }
}
