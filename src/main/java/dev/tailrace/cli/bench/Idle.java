package dev.tailrace.cli.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Holds connections on which nothing is sent. */
final class Idle {

    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private static final Device.Pace NEVER = new Device.Pace() {
        @Override
        public long due(Device device, long frame, long now) {
            return Long.MAX_VALUE;
        }

        @Override
        public void ready(Device device) {}
    };

    private Idle() {}

    static Outcome run(Plan plan, Meter meter) throws IOException {
        try (var wire = new Wire(plan)) {
            var tally = new Tally();
            Moment start = meter.moment(wire, tally);
            open(wire, plan, tally);
            turn(wire, plan.warmup().toNanos());
            Moment from = meter.moment(wire, tally);
            turn(wire, plan.duration().toNanos());
            Moment to = meter.moment(wire, tally);
            return new Outcome(plan, tally, start, from, to, to, meter.maxServerRss());
        }
    }

    private static void open(Wire wire, Plan plan, Tally tally) throws IOException {
        var opening = new Opening(wire);
        var frame = new FrameTemplate(plan);
        String run = plan.newRun();
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < plan.devices(); i++) {
            Device device = new Device(wire, plan, i, run, frame, tally, NEVER);
            devices.add(device);
            opening.add(device);
        }
        for (int i = 0; i < plan.readers(); i++) {
            Device device = devices.get(i % plan.devices());
            opening.add(new Reader(wire, plan, Reader.Kind.FAST, device, tally));
        }
        opening.awaitAll();
    }

    private static void turn(Wire wire, long nanos) throws IOException {
        for (long end = wire.now() + nanos; wire.now() < end; ) {
            wire.turn(MILLI);
        }
    }
}
