package dev.tailrace.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Each reader requests a ring's entries, and again when it has received them. */
final class History {

    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private History() {}

    static RunResult run(Plan plan, Meter meter) throws IOException {
        RingFiller.run(plan);
        try (var wire = new Wire(plan)) {
            var tally = new Tally();
            Sample start = meter.moment(wire, tally);
            var opening = new ConnectionOpener(wire);
            for (int i = 0; i < plan.readers(); i++) {
                opening.add(new HistoryClient(wire, plan, i % plan.devices(), tally));
            }
            opening.awaitAll();
            turn(wire, plan.warmup().toNanos());
            Sample from = meter.moment(wire, tally);
            tally.measureFrom = wire.now();
            turn(wire, plan.duration().toNanos());
            Sample to = meter.moment(wire, tally);
            return new RunResult(plan, tally, start, from, to, to, meter.maxServerRss());
        }
    }

    private static void turn(Wire wire, long nanos) throws IOException {
        for (long end = wire.now() + nanos; wire.now() < end; ) {
            wire.turn(MILLI);
        }
    }
}
