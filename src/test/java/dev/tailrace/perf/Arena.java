package dev.tailrace.perf;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code make bench}. */
@Command(name = "make bench", description = "Compares servers under the same load.")
public final class Arena implements Callable<Integer> {

    private final PrintStream progress;

    @Option(names = "--scenarios", description = "names, with spaces between; all when empty")
    private String names = "";

    @Option(names = "--rounds")
    private int rounds = 3;

    @Option(names = "--seconds")
    private double seconds = 4;

    @Option(names = "--jar")
    private Path jar = Path.of("target/tailrace.jar");

    @Option(names = "--before", description = "jar of an earlier Tailrace, to be compared with this one alone")
    private String before = "";

    @Option(names = "--jvm", description = "options of the servers' JVMs, with spaces between")
    private String jvm = "";

    // On its single core a JVM compiles for most of a minute: from the 12th to the 30th second under load B the
    // compilers
    // used 37 to 43 % of the processor, and two starts of one jar differed by a third.
    @Option(names = "--warmup", description = "seconds of load on each JVM that was just started")
    private double warmup = 60;

    @Option(names = "--results", description = "directory of the measurements")
    private Path results = Path.of("target/bench");

    @Option(names = "--page", description = "file to put the table into; none when absent")
    private Path page;

    Arena(PrintStream progress) {
        this.progress = progress;
    }

    public static void main(String[] args) {
        System.exit(
                new CommandLine(new Arena(System.err)).setExpandAtFiles(false).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Scenario> scenarios = scenarios();
        Path directory = results.resolve("servers").toAbsolutePath();
        delete(directory);
        Files.createDirectories(directory);
        var cores = new Cores();
        cores.claimClients();
        TestBed course = TestBed.ofJar(cores, directory, jar.toAbsolutePath(), jvmOptions())
                .beside(
                        before.isEmpty()
                                ? List.of()
                                : List.of("-jar", earlierJar().toString()));
        var contest = new Contest(course, present(), rounds, warmUp(), pace(), progress);
        try {
            for (Scenario scenario : scenarios) {
                Files.writeString(file(scenario), contest.run(scenario).encodePrettily());
                write(cores);
            }
        } finally {
            contest.stop();
            delete(directory);
        }
        return 0;
    }

    private List<Scenario> scenarios() {
        List<String> wanted = words(names);
        List<Scenario> all = Scenarios.all();
        List<String> known = all.stream().map(Scenario::name).toList();
        wanted.stream().filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            throw new IllegalArgumentException("no scenario " + name + "; there are " + String.join(" ", known));
        });
        return all.stream()
                .filter(scenario -> wanted.isEmpty() || wanted.contains(scenario.name()))
                .map(scenario -> before.isEmpty() ? scenario : scenario.besideEarlier())
                .toList();
    }

    private Path earlierJar() {
        Path earlier = Path.of(before).toAbsolutePath();
        if (!Files.exists(earlier)) {
            throw new IllegalArgumentException("no jar at " + earlier + "; build the earlier commit and name its jar");
        }
        return earlier;
    }

    private static List<String> words(String text) {
        return Stream.of(text.trim().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    // Servers run in a directory of their own.
    private List<String> jvmOptions() {
        return words(jvm).stream()
                .map(word ->
                        word.startsWith("@") ? "@" + Path.of(word.substring(1)).toAbsolutePath() : word)
                .toList();
    }

    private Pace warmUp() {
        return new Pace(Duration.ofMillis((long) (warmup * 1000)), Duration.ofMillis(300));
    }

    private Pace pace() {
        return new Pace(Duration.ofMillis(500), Duration.ofMillis((long) (seconds * 1000)));
    }

    private Set<ServerUnderTest> present() {
        Set<ServerUnderTest> present = EnumSet.noneOf(ServerUnderTest.class);
        for (ServerUnderTest contender : ServerUnderTest.values()) {
            if (contender.isEarlier() && before.isEmpty()) {
                continue;
            }
            contender
                    .missing()
                    .ifPresentOrElse(
                            hint -> progress.println(contender.title() + " is left out; to have it: " + hint),
                            () -> present.add(contender));
        }
        return present;
    }

    private Path file(Scenario scenario) {
        return results.resolve(scenario.name() + ".json");
    }

    private void write(Cores cores) throws IOException {
        Map<String, JsonObject> measured = new LinkedHashMap<>();
        for (Scenario scenario : Scenarios.all()) {
            if (Files.exists(file(scenario))) {
                measured.put(scenario.name(), new JsonObject(Files.readString(file(scenario))));
            }
        }
        var figures = new Figures(measured);
        String text = ResultPage.results(figures, Machine.facts(cores, figures));
        Files.writeString(results.resolve("results.md"), text);
        if (page != null && before.isEmpty()) {
            Files.writeString(page, ResultPage.into(Files.readString(page), text));
        }
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
    }
}
