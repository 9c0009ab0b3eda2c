package dev.tailrace.bench;

import java.io.IOException;

/** Puts some of the devices into a fleet, one after the other on one connection. */
final class Assigner extends Peer {

    private static final int NO_CONTENT = 204;

    private final Plan plan;
    private final String fleet;
    private final int step;
    private int next;

    /** Assigns every {@code step}th device from {@code first} on. */
    Assigner(Wire wire, Plan plan, String fleet, int first, int step) throws IOException {
        super(wire, wire.connect(0), NO_CONTENT, plan.assign(first, fleet));
        this.plan = plan;
        this.fleet = fleet;
        this.step = step;
        this.next = first + step;
    }

    @Override
    boolean isOpen() {
        return next >= plan.devices() + step;
    }

    @Override
    void head(String head) {
        try {
            if (next < plan.devices()) {
                request(plan.assign(next, fleet));
            }
            next += step;
        } catch (IOException cause) {
            fail(String.valueOf(cause.getMessage()));
        }
    }

    @Override
    void receive(byte[] bytes, int from, int to) {
        // the answer has no body
    }

    @Override
    void gone() {
        // the opener handles the failure
    }
}
