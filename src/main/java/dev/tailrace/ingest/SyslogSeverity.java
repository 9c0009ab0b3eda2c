package dev.tailrace.ingest;

/** The levels of syslog's severities, which the journal has too. */
public final class SyslogSeverity {

    private static final String[] LEVELS = {"emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"};

    private SyslogSeverity() {}

    /** @param severity 0 to 7 */
    public static String level(int severity) {
        return LEVELS[severity];
    }
}
