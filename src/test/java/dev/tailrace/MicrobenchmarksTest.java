package dev.tailrace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The microbenchmarks measure nothing here, but they do not rot. */
class MicrobenchmarksTest {

    @Test
    void eachBenchmark_runs() throws Exception {
        System.setProperty("jmh.ignoreLock", "true"); // nothing is measured, so others may measure meanwhile
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .mode(Mode.SingleShotTime)
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(1))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        Set<String> ran = results.stream()
                .map(result -> result.getParams().getBenchmark())
                .map(name -> name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1))
                .collect(Collectors.toSet());
        assertThat(ran)
                .containsExactlyInAnyOrder(
                        "BalenaDecodeBenchmark.balena",
                        "BalenaDecodeBenchmark.ndjson",
                        "DecodeBenchmark.frame",
                        "EncodeBenchmark.events",
                        "FlushBenchmark.flush",
                        "ForeignDecodeBenchmark.journal",
                        "ForeignDecodeBenchmark.ndjson",
                        "ForeignDecodeBenchmark.syslog",
                        "LineSinkBenchmark.append",
                        "RecordsBenchmark.lokiJson",
                        "RecordsBenchmark.ndjson",
                        "RecordsBenchmark.otlpJson",
                        "RecordsBenchmark.otlpProtobuf",
                        "RedisRingBenchmark.append",
                        "RedisRingBenchmark.read",
                        "UnpackBenchmark.unpack");
    }
}
