package dev.tailrace.bench;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One run: opens the connections, sends as the plan says, and waits for lines in flight. One thread does all the work.
 */
final class Load implements Device.Pace {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long SETTLE_LIMIT = 10 * SECOND;
    private static final long LOOK_INTERVAL = SECOND / 20;

    // 20 KiB a second.
    private static final long SIP_INTERVAL = SECOND / 10;
    private static final int SIP_BYTES = 2048;

    private static final int ASSIGNERS = 16;

    private final Plan plan;
    private final Meter meter;
    private final Consumer<Sample> everySecond;
    private final Tally tally = new Tally();
    private final Wire wire;
    private final List<Device> devices = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private final List<FleetReader> fleetReaders = new ArrayList<>();
    private final List<Reader> slow = new ArrayList<>();
    private final Deque<Device> ready = new ArrayDeque<>();
    private final double frameNanos; // between two frames of the open loop
    private long begin; // of the load
    private long end = Long.MIN_VALUE; // lines due from here on are not sent
    private long visited; // frames of the open loop that were due
    private long nextSip;
    private long nextSecond;

    private Load(Plan plan, Meter meter, Consumer<Sample> everySecond, Wire wire) {
        this.plan = plan;
        this.meter = meter;
        this.everySecond = everySecond;
        this.wire = wire;
        this.frameNanos = plan.isOpenLoop() ? (double) SECOND * plan.batch() / plan.rate() : 0;
    }

    /**
     * Runs a plan to its end.
     *
     * @param everySecond called with the progress
     */
    static RunResult run(Plan plan, Meter meter, Consumer<Sample> everySecond) throws IOException {
        try (var wire = new Wire(plan)) {
            return new Load(plan, meter, everySecond, wire).run();
        }
    }

    private RunResult run() throws IOException {
        Sample start = moment();
        open();
        begin = wire.now();
        nextSecond = begin + SECOND;
        tally.measureFrom = begin + plan.warmup().toNanos();
        tally.measureTo = tally.measureFrom + plan.duration().toNanos();
        end = tally.measureTo;
        ready.addAll(devices);
        drive(tally.measureFrom, () -> false);
        Sample from = moment();
        drive(tally.measureTo, () -> false);
        Sample to = moment();
        end = Long.MIN_VALUE;
        drive(wire.now() + SETTLE_LIMIT, this::isSettled);
        readers.forEach(Reader::closeLedger);
        fleetReaders.forEach(FleetReader::closeLedger);
        tally.unacknowledged = tally.sent - tally.acknowledged;
        wire.close();
        return new RunResult(plan, tally, start, from, to, moment(), meter.maxServerRss());
    }

    // ---- connections

    private void open() throws IOException {
        String run = plan.newRun();
        var frame = new FrameTemplate(plan);
        var opening = new ConnectionOpener(wire);
        for (int i = 0; i < plan.devices(); i++) {
            Device device = new Device(wire, plan, i, run, frame, tally, this);
            devices.add(device);
            opening.add(device);
        }
        if (plan.fleet()) {
            openFleet(run, opening);
            return;
        }
        for (int i = 0; i < plan.readers(); i++) {
            Reader.Kind kind = kind(i);
            Device device = devices.get(i % plan.devices());
            Reader reader = new Reader(wire, plan, kind, device, tally);
            device.readBy(kind == Reader.Kind.FAST ? 1 : 0);
            readers.add(reader);
            if (kind == Reader.Kind.SLOW) {
                slow.add(reader);
            }
            opening.add(reader);
        }
        opening.awaitAll();
    }

    private void openFleet(String fleet, ConnectionOpener opening) throws IOException {
        opening.awaitAll();
        int connections = Math.min(ASSIGNERS, plan.devices());
        List<Assigner> assigners = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            Assigner assigner = new Assigner(wire, plan, fleet, i, connections);
            assigners.add(assigner);
            opening.add(assigner);
        }
        opening.awaitAll();
        assigners.forEach(Peer::leave);
        for (int i = 0; i < plan.readers(); i++) {
            FleetReader reader = new FleetReader(wire, plan, fleet, devices, tally);
            fleetReaders.add(reader);
            opening.add(reader);
        }
        opening.awaitAll();
    }

    /** Distributes the stalled readers evenly over all readers, and the slow ones over the rest. */
    private Reader.Kind kind(int reader) {
        if (isChosen(reader, plan.stalled(), plan.readers())) {
            return Reader.Kind.STALLED;
        }
        int others = plan.readers() - plan.stalled();
        int before = (int) ((long) reader * plan.stalled() / plan.readers());
        return isChosen(reader - before, plan.slow(), others) ? Reader.Kind.SLOW : Reader.Kind.FAST;
    }

    private static boolean isChosen(int index, int chosen, int of) {
        return of > 0 && (long) (index + 1) * chosen / of > (long) index * chosen / of;
    }

    // ---- the loop

    private void drive(long until, BooleanSupplier isDone) throws IOException {
        long nextLook = 0;
        for (long now = wire.now(); now < until; now = wire.now()) {
            sendDue(now);
            readSlowly(now);
            reportProgress(now);
            if (now >= nextLook) {
                nextLook = now + LOOK_INTERVAL;
                if (isDone.getAsBoolean()) {
                    return;
                }
            }
            wire.turn(Math.min(nextDue(until), now + LOOK_INTERVAL) - wire.now());
        }
    }

    private void sendDue(long now) {
        for (int left = ready.size(); left > 0; left--) {
            Device device = ready.removeFirst();
            device.dequeued();
            device.send(now);
        }
        while (plan.isOpenLoop() && scheduled(visited) <= now && scheduled(visited) < end) {
            devices.get((int) (visited++ % devices.size())).send(now);
        }
    }

    private long nextDue(long until) {
        if (!ready.isEmpty()) {
            return 0;
        }
        long due = plan.isOpenLoop() && end > 0 ? scheduled(visited) : Long.MAX_VALUE;
        return Math.min(until, due);
    }

    private long scheduled(long frame) {
        return begin + (long) (frame * frameNanos);
    }

    @Override
    public long due(Device device, long frame, long now) {
        if (plan.isOpenLoop()) {
            long due = scheduled(frame * devices.size() + device.index());
            return due < end ? due : Long.MAX_VALUE;
        }
        return now < end && device.hasRoom() ? now : Long.MAX_VALUE;
    }

    @Override
    public void ready(Device device) {
        if (device.enqueued()) {
            ready.addLast(device);
        }
    }

    private void readSlowly(long now) {
        if (now >= nextSip && !slow.isEmpty()) {
            nextSip = now + SIP_INTERVAL;
            slow.forEach(reader -> reader.readALittle(SIP_BYTES));
        }
    }

    private boolean isSettled() {
        return devices.stream().allMatch(device -> device.failure() != null || device.acknowledged() == device.sent())
                && readers.stream().allMatch(Reader::isComplete)
                && fleetReaders.stream().allMatch(FleetReader::isComplete);
    }

    // ---- resource usage

    private void reportProgress(long now) {
        if (now >= nextSecond) {
            nextSecond += SECOND;
            everySecond.accept(moment());
        }
    }

    private Sample moment() {
        return meter.moment(wire, tally);
    }
}
