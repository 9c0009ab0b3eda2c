package dev.tailrace.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The resource usage of a process, as Linux reports it.
 *
 * @param cpuSeconds in user and kernel mode since it began, in steps of 10 ms
 * @param rssBytes memory that it holds now
 */
record ProcessUse(double cpuSeconds, long rssBytes) {

    private static final double TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux that Java runs on
    private static final int PAGE_BYTES = 4096;

    // Counted after the command's closing bracket, because the command may contain spaces.
    private static final int UTIME = 11;
    private static final int STIME = 12;
    private static final int RSS = 21;

    /** The usage of this process, or null where the system does not report it. */
    static @Nullable ProcessUse ofSelf() {
        return read(Path.of("/proc/self/stat"));
    }

    /** @param pid or null for none */
    static @Nullable ProcessUse of(@Nullable Long pid) {
        return pid == null ? null : read(Path.of("/proc", Long.toString(pid), "stat"));
    }

    private static @Nullable ProcessUse read(Path stat) {
        try {
            return parse(Files.readString(stat, StandardCharsets.ISO_8859_1));
        } catch (IOException gone) {
            return null;
        }
    }

    static ProcessUse parse(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = Long.parseLong(fields[UTIME]) + Long.parseLong(fields[STIME]);
        return new ProcessUse(ticks / TICKS_PER_SECOND, Long.parseLong(fields[RSS]) * PAGE_BYTES);
    }
}
