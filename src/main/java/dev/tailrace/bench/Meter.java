package dev.tailrace.bench;

import org.jspecify.annotations.Nullable;

/** Reads the resource usage of the processes of a run. */
final class Meter {

    private final @Nullable Long serverPid;
    private final @Nullable Long redisPid;
    private long maxServerRss;

    /**
     * @param serverPid the process whose CPU time and memory to report, or null
     * @param redisPid the same for its Redis
     */
    Meter(@Nullable Long serverPid, @Nullable Long redisPid) {
        this.serverPid = serverPid;
        this.redisPid = redisPid;
    }

    Sample moment(Wire wire, Tally tally) {
        ProcessUse server = ProcessUse.of(serverPid);
        maxServerRss = Math.max(maxServerRss, server == null ? 0 : server.rssBytes());
        return new Sample(
                wire.now(),
                tally.sent,
                tally.acknowledged,
                tally.delivered + tally.deliveredSlow,
                ProcessUse.ofSelf(),
                server,
                ProcessUse.of(redisPid));
    }

    /** The maximum that was measured, or 0. */
    long maxServerRss() {
        return maxServerRss;
    }
}
