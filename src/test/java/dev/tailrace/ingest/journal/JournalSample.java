package dev.tailrace.ingest.journal;

import dev.tailrace.ingest.PendingBudget;
import dev.tailrace.testing.RawSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Entries in the journal export format, as systemd writes them. */
public final class JournalSample {

    public static final String JOURNAL = "0123456789abcdef0123456789abcdef";
    static final String OTHER_JOURNAL = "fedcba9876543210fedcba9876543210";
    public static final String BOOT = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static final String OTHER_BOOT = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    public static final long TIME = 1_763_820_000_000L;

    private JournalSample() {}

    /** Entries one second apart, by their numbers. */
    public static byte[] entry(String journal, long number, String boot, String fields) {
        return entry(journal, number, boot, fields.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] entry(String journal, long number, String boot, byte[] fields) {
        String head = "__CURSOR=s=" + journal + ";i=" + Long.toHexString(number) + ";b=" + boot
                + ";m=4fc72436e;t=4c508a72423d9;x=d3e5610681098c10\n"
                + "__REALTIME_TIMESTAMP=" + (TIME + number * 1000) + "123\n__MONOTONIC_TIMESTAMP=21415215982\n_BOOT_ID="
                + boot + "\n_TRANSPORT=stdout\n_MACHINE_ID=6c7c6013a26343b29e964691ff25d04c\n";
        return RawSocket.join(head.getBytes(StandardCharsets.UTF_8), fields, new byte[] {'\n'});
    }

    static byte[] message(long number, String message) {
        return entry(JOURNAL, number, BOOT, "PRIORITY=6\nMESSAGE=" + message + "\n");
    }

    /** Reads one entry as {@link JournalIngest} does. */
    static void read(JournalEntry entry, byte[] bytes) {
        var splitter = new JournalSplitter(1 << 20, new PendingBudget(Long.MAX_VALUE), new JournalSplitter.Entries() {
            @Override
            public void field(JournalField field, byte[] value, int from, int to) {
                entry.set(field, value, from, to);
            }

            @Override
            public void tooLong(JournalField field) {
                entry.tooLong(field);
            }

            @Override
            public void noRoom() {
                throw new AssertionError("the budget has no limit here");
            }

            @Override
            public void unreadable() {
                entry.unreadable();
            }

            @Override
            public boolean end() {
                return true;
            }
        });
        splitter.feed(bytes, 0, bytes.length);
        splitter.end();
    }

    /** A field with a binary value. */
    static byte[] binary(String name, byte[] value) {
        byte[] size = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value.length)
                .array();
        return RawSocket.join(RawSocket.ascii(name + "\n"), size, value, new byte[] {'\n'});
    }

    static byte[] binary(String name, String value) {
        return binary(name, value.getBytes(StandardCharsets.UTF_8));
    }
}
