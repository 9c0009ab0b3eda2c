package dev.tailrace.perf;

import dev.tailrace.perf.Scenario.Case;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Measures the cost of a line by its way in, with a few connections that send the same batch each. */
final class IngestPaths {

    private static final int CONNECTIONS = 8;
    private static final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

    private IngestPaths() {}

    /** Each way with batches of 10 and of 100. */
    static List<Case> cases(Set<ServerUnderTest> contenders) {
        List<Case> cases = new ArrayList<>();
        for (int lines : new int[] {10, 100}) {
            Stream.concat(Stream.of(IngestPath.WEBSOCKET, IngestPath.FRAMES), IngestPath.OTHERS.stream())
                    .filter(way -> lines <= way.most())
                    .forEach(way -> cases.add(of(way, lines, contenders)));
        }
        return cases;
    }

    static Case of(IngestPath way, int lines, Set<ServerUnderTest> contenders) {
        Set<Long> warm = new HashSet<>(); // servers that have compiled this way's code
        return new Case(way.title(lines), contenders, false, (running, course, pace) -> {
            boolean first = warm.add(running.server().pid());
            return measure(way, lines, running, first ? longer(pace) : pace);
        });
    }

    private static Pace longer(Pace pace) {
        return new Pace(pace.warmup().multipliedBy(3), pace.duration());
    }

    private static JsonObject measure(IngestPath way, int lines, Running running, Pace pace)
            throws IOException, InterruptedException {
        int port = way.manner() == IngestPath.Manner.BYTES
                ? running.syslogPort()
                : URI.create(running.url()).getPort();
        double rejected = Sample.of(running).rejected();
        List<Sender> senders = new ArrayList<>();
        try {
            for (int i = 0; i < CONNECTIONS; i++) {
                senders.add(new Sender(way, way.encoder().encode("way-" + i, lines), port));
            }
            Thread.sleep(pace.warmup().toMillis());
            Sample before = Sample.of(running);
            Thread.sleep(pace.duration().toMillis());
            Sample after = Sample.of(running);
            senders.forEach(Sender::stop);
            for (Sender sender : senders) {
                String failure = sender.failure();
                if (failure != null) {
                    throw new IOException(failure);
                }
            }
            return report(before, after, Sample.of(running).rejected() - rejected);
        } finally {
            for (Sender sender : senders) {
                sender.close();
            }
        }
    }

    private static JsonObject report(Sample before, Sample after, double rejected) {
        double stored = after.stored() - before.stored();
        double cpu = after.serverCpu() - before.serverCpu();
        double seconds = (after.nanos() - before.nanos()) / 1e9;
        var server = new JsonObject().put("utilisation", cpu / seconds);
        if (stored > 0 && cpu > 0) {
            server.put("linesPerCpuSecond", stored / cpu).put("microsPerLine", cpu * 1e6 / stored);
        }
        return new JsonObject()
                .put("server", server)
                .put("client", new JsonObject().put("utilisation", (after.clientCpu() - before.clientCpu()) / seconds))
                .put(
                        "checks",
                        new JsonObject()
                                .put("clean", stored > 0 && rejected == 0)
                                .put("rejected", rejected));
    }

    /** The processor time used and the lines stored until a moment. */
    private record Sample(long nanos, double serverCpu, double clientCpu, double stored, double rejected) {

        static Sample of(Running running) throws IOException, InterruptedException {
            HttpRequest request = HttpRequest.newBuilder(URI.create(running.managementUrl() + "/metrics"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            String metrics = client.send(request, BodyHandlers.ofString()).body();
            return new Sample(
                    System.nanoTime(),
                    cpu(ProcessHandle.of(running.server().pid()).orElse(null)),
                    cpu(ProcessHandle.current()),
                    sum(metrics, "tailrace_lines_stored_total"),
                    sum(metrics, "tailrace_lines_rejected_total"));
        }

        private static double cpu(@Nullable ProcessHandle process) {
            return process == null
                    ? 0
                    : process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
        }

        private static double sum(String metrics, String name) {
            return metrics.lines()
                    .filter(line -> line.startsWith(name))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        }
    }
}
