package dev.tailrace.model;

import dev.tailrace.testing.SampleLines;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Unpacks the bytes of reads and announcements into entries. */
@State(Scope.Thread)
public class UnpackBenchmark {

    @Param({"10", "1000"})
    int entries;

    private byte[] packed;

    @Setup
    public void pack() {
        packed = SampleLines.entries(entries).bytes();
    }

    @Benchmark
    public Entries unpack() {
        return Entries.unpack(packed, 0, packed.length);
    }
}
