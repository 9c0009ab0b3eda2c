package dev.tailrace.testing;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/**
 * For tests of things that a machine may lack.
 *
 * <p>On a developer's machine such a test is skipped and says why; where {@code CI=true} it fails, or it would stay skipped for ever
 * and nobody would know.
 */
public final class Require {
    private Require() {}

    public static void that(boolean condition, String why) {
        if (condition) return;
        if ("true".equals(System.getenv("CI"))) Assertions.fail("missing on this machine: " + why);
        System.out.println("SKIPPED: " + why);
        Assumptions.abort(why);
    }

    /** Requires a program on the PATH. */
    public static void program(String name) {
        that(Processes.find(name).isPresent(), "needs " + name + " on the PATH (make test-deps)");
    }
}
