package dev.tailrace.bench;

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

    static RunResult run(Plan plan, Meter meter) throws IOException {
        try (var wire = new Wire(plan)) {
            var tally = new Tally();
            var devices = new Devices(wire, plan, tally);
            // Classes that a server loads for its first connection do not belong to the cost of connections.
            devices.open(0, 1);
            Sample start = meter.moment(wire, tally);
            devices.open(1, Math.max(plan.devices(), plan.readers()));
            turn(wire, plan.warmup().toNanos());
            Sample from = meter.moment(wire, tally);
            turn(wire, plan.duration().toNanos());
            Sample to = meter.moment(wire, tally);
            return new RunResult(plan, tally, start, from, to, to, meter.maxServerRss());
        }
    }

    private static final class Devices {
        private final Wire wire;
        private final Plan plan;
        private final Tally tally;
        private final String run;
        private final FrameTemplate frame;
        private final List<Device> devices = new ArrayList<>();

        Devices(Wire wire, Plan plan, Tally tally) {
            this.wire = wire;
            this.plan = plan;
            this.tally = tally;
            this.run = plan.newRun();
            this.frame = new FrameTemplate(plan);
        }

        /** Opens the devices and the readers {@code [from, to)}, as far as the plan has that many. */
        void open(int from, int to) throws IOException {
            var opening = new ConnectionOpener(wire);
            for (int i = from; i < Math.min(to, plan.devices()); i++) {
                Device device = new Device(wire, plan, i, run, frame, tally, NEVER);
                devices.add(device);
                opening.add(device);
            }
            for (int i = from; i < Math.min(to, plan.readers()); i++) {
                Device device = devices.get(i % plan.devices());
                opening.add(new Reader(wire, plan, Reader.Kind.FAST, device, tally));
            }
            opening.awaitAll();
        }
    }

    private static void turn(Wire wire, long nanos) throws IOException {
        for (long end = wire.now() + nanos; wire.now() < end; ) {
            wire.turn(MILLI);
        }
    }
}
