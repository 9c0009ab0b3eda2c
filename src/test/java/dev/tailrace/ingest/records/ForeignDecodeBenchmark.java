package dev.tailrace.ingest.records;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.ingest.journal.JournalEntry;
import dev.tailrace.ingest.journal.JournalField;
import dev.tailrace.ingest.journal.JournalSample;
import dev.tailrace.ingest.journal.JournalSplitter;
import dev.tailrace.ingest.lines.LineSplitter;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.ingest.syslog.SyslogFraming;
import dev.tailrace.ingest.syslog.SyslogParser;
import dev.tailrace.ingest.syslog.SyslogTime;
import dev.tailrace.model.Entries;
import dev.tailrace.model.FastLine;
import dev.tailrace.testing.SampleLines;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Decodes a journal and syslog into entries, and the same lines as ndjson for comparison. */
@State(Scope.Thread)
public class ForeignDecodeBenchmark {

    private static final int LINE_BYTES = 1 << 20;

    /** The fields that journald adds to each entry of a service. */
    private static final String JOURNAL_FIELDS = """
        _TRANSPORT=stdout
        PRIORITY=6
        SYSLOG_FACILITY=3
        SYSLOG_IDENTIFIER=worker
        _PID=1234
        _UID=0
        _GID=0
        _COMM=worker
        _EXE=/usr/bin/worker
        _CMDLINE=/usr/bin/worker --queue jobs
        _CAP_EFFECTIVE=1ffffffffff
        _SELINUX_CONTEXT=unconfined
        _SYSTEMD_CGROUP=/system.slice/worker.service
        _SYSTEMD_UNIT=worker.service
        _SYSTEMD_SLICE=system.slice
        _SYSTEMD_INVOCATION_ID=0123456789abcdef0123456789abcdef
        _MACHINE_ID=0123456789abcdef0123456789abcdef
        _HOSTNAME=device
        _STREAM_ID=0123456789abcdef0123456789abcdef
        """;

    @Param({"10", "100"})
    int lines;

    private final FastLine fast = new FastLine();
    private final SyslogParser syslogParser =
            new SyslogParser(new SyslogTime(ZoneOffset.UTC, () -> JournalSample.TIME));
    private byte[] ndjson;
    private byte[] journal;
    private byte[] syslog;

    @Setup
    public void makeBodies() {
        ndjson = SampleLines.ndjson(lines);
        ByteArrayOutputStream entries = new ByteArrayOutputStream();
        ByteArrayOutputStream messages = new ByteArrayOutputStream();
        for (int i = 0; i < lines; i++) {
            String text = "worker 17 has taken job " + i + " from the queue " + "and goes on ".repeat(9);
            entries.writeBytes(JournalSample.entry(
                    JournalSample.JOURNAL, i, JournalSample.BOOT, JOURNAL_FIELDS + "MESSAGE=" + text + "\n"));
            messages.writeBytes(("<14>1 2025-11-22T14:00:00.123456+00:00 device worker 1234 - - " + text + "\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
        journal = entries.toByteArray();
        syslog = messages.toByteArray();
    }

    /** Decodes lines as those of a WebSocket frame. */
    @Benchmark
    public Entries ndjson() {
        var out = new Entries.Builder(ndjson.length * 2);
        new LineSplitter(LINE_BYTES, new PendingBudget(Long.MAX_VALUE), new Lines() {
                    @Override
                    public void line(byte[] bytes, int from, int to) {
                        if (!fast.read(bytes, from, to)) {
                            throw new AssertionError("not read by FastLine");
                        }
                        fast.writeTo(out, JournalSample.TIME);
                    }
                })
                .feed(ndjson, 0, ndjson.length);
        return out.build();
    }

    @Benchmark
    public Entries syslog() {
        var out = new Entries.Builder(syslog.length * 2);
        new SyslogFraming(LINE_BYTES, new PendingBudget(Long.MAX_VALUE), new Lines() {
                    @Override
                    public void line(byte[] bytes, int from, int to) {
                        syslogParser.read(bytes, from, to).writeTo(out, JournalSample.TIME);
                    }
                })
                .feed(syslog, 0, syslog.length);
        return out.build();
    }

    @Benchmark
    public Entries journal() {
        var out = new Entries.Builder(journal.length);
        JournalEntry entry = new JournalEntry();
        new JournalSplitter(LINE_BYTES, new PendingBudget(Long.MAX_VALUE), new JournalSplitter.Entries() {
                    @Override
                    public void field(JournalField field, byte[] bytes, int from, int to) {
                        entry.set(field, bytes, from, to);
                    }

                    @Override
                    public void tooLong(JournalField field) {
                        throw new AssertionError("too long");
                    }

                    @Override
                    public void noRoom() {
                        throw new AssertionError("the budget has no limit here");
                    }

                    @Override
                    public void unreadable() {
                        throw new AssertionError("unreadable");
                    }

                    @Override
                    public boolean end() {
                        entry.boot();
                        entry.journal();
                        entry.number();
                        entry.line().writeTo(out, JournalSample.TIME);
                        entry.clear();
                        return true;
                    }
                })
                .feed(journal, 0, journal.length);
        return out.build();
    }

    private abstract static class Lines implements Splitter.Lines {
        @Override
        public void tooLong() {
            throw new AssertionError("too long");
        }

        @Override
        public void broken(String reason) {
            throw new AssertionError(reason);
        }
    }
}
