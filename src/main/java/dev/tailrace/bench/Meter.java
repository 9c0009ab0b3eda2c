package dev.tailrace.bench;

import org.jspecify.annotations.Nullable;

/** Looks at what the processes of a run use. */
final class Meter {

    private final @Nullable Long serverPid;
    private final @Nullable Long redisPid;
    private long maxServerRss;

    /**
     * @param serverPid whose CPU time and memory to tell, or null
     * @param redisPid likewise, its Redis
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

    /** The most that was seen, or 0. */
    long maxServerRss() {
        return maxServerRss;
    }
}
