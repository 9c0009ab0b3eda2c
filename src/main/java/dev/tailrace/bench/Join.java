package dev.tailrace.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** All readers request whole rings at once, round after round. */
final class Join {

    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LIMIT = TimeUnit.SECONDS.toNanos(30);

    private final Plan plan;
    private final Wire wire;
    private final Tally tally = new Tally();

    private Join(Plan plan, Wire wire) {
        this.plan = plan;
        this.wire = wire;
    }

    static RunResult run(Plan plan, Meter meter) throws IOException {
        RingFiller.run(plan);
        try (var wire = new Wire(plan)) {
            return new Join(plan, wire).run(meter);
        }
    }

    private RunResult run(Meter meter) throws IOException {
        Sample start = meter.moment(wire, tally);
        rounds(plan.warmup().toNanos());
        Sample from = meter.moment(wire, tally);
        tally.measureFrom = wire.now();
        rounds(plan.duration().toNanos());
        Sample to = meter.moment(wire, tally);
        return new RunResult(plan, tally, start, from, to, to, meter.maxServerRss());
    }

    /** At least one round, until the time is up. */
    private void rounds(long nanos) throws IOException {
        long end = wire.now() + nanos;
        do {
            round();
        } while (wire.now() < end && tally.isClean());
    }

    private void round() throws IOException {
        // Connected first, so that what is measured is the broker's answer and not how fast this client connects.
        List<Link> links = new ArrayList<>();
        for (int i = 0; i < plan.readers(); i++) {
            links.add(wire.connect(0));
        }
        List<JoinClient> joiners = new ArrayList<>();
        for (int i = 0; i < plan.readers(); i++) {
            joiners.add(new JoinClient(wire, plan, links.get(i), i % plan.devices(), tally));
        }
        long limit = wire.now() + LIMIT;
        List<JoinClient> waiting = new ArrayList<>(joiners);
        while (!waiting.isEmpty() && wire.now() < limit) {
            wire.turn(MILLI);
            waiting.removeIf(joiner -> joiner.missing() == 0 || joiner.failure() != null);
        }
        waiting.forEach(joiner -> tally.lost += joiner.missing());
        joiners.forEach(Peer::leave);
    }
}
