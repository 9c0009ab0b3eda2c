package dev.tailrace.bench;

import dev.tailrace.client.Authorities;
import dev.tailrace.client.DurationConverter;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code tailrace bench}: measures a broker under load, and checks the delivered lines. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures a broker under load, and checks that each reader gets each line once and in order.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:measured, and every line was accounted for",
            "1:failed, or lines were lost, repeated or out of order",
            "2:wrong usage"
        })
public final class Bench implements Callable<Integer> {

    private static final int MAX_LINE_BYTES = 64 * 1024;
    private static final int MAX_FRAME_BYTES = Wire.BUFFER - 64 * 1024;

    private final PrintStream out;
    private final PrintStream err;
    private final boolean terminal;
    private final Supplier<@Nullable String> token;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "${env:TAILRACE_URL:-http://127.0.0.1:8080}",
            description = "URL of the broker (TAILRACE_URL; default http://127.0.0.1:8080)")
    private URI url = URI.create("http://127.0.0.1:8080");

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            defaultValue = "${env:TAILRACE_CA}",
            description =
                    "PEM file with the certificate authorities to trust for https:// (TAILRACE_CA; default: those of the JVM)")
    private @Nullable Path authorities;

    @Option(
            names = "--mode",
            paramLabel = "NAME",
            converter = ModeConverter.class,
            description = {
                "load: devices send, readers read (default)",
                "join: all readers ask for a full ring at once, round after round; a delivery is a line, a latency the"
                        + " time to the last one",
                "history: each reader requests all entries of a ring repeatedly; a delivery is a response",
                "idle: nothing is sent; reports the memory of the connections"
            })
    private Mode mode = Mode.LOAD;

    @Option(
            names = "--ring",
            paramLabel = "N",
            description = "entries to fill each ring with in modes join and history (default ${DEFAULT-VALUE})")
    private int ring = 1000;

    @Option(
            names = "--peer",
            paramLabel = "NAME",
            converter = DialectConverter.class,
            description = "kind of server: tailrace, or nchan for comparison (default tailrace)")
    private ServerKind peer = ServerKind.TAILRACE;

    @Option(names = "--devices", paramLabel = "N", description = "devices that send (default ${DEFAULT-VALUE})")
    private int devices = 1;

    @Option(
            names = "--readers",
            paramLabel = "N",
            description = "readers, spread over the devices (default ${DEFAULT-VALUE})")
    private int readers = 1;

    @Option(names = "--fleet", description = "each reader follows all devices, as a fleet on one stream; needs --rate")
    private boolean fleet;

    @Option(
            names = "--stalled",
            paramLabel = "N|N%",
            converter = Share.Converter.class,
            description = "readers among them that never read (default 0)")
    private Share stalled = Share.NONE;

    @Option(
            names = "--slow",
            paramLabel = "N|N%",
            converter = Share.Converter.class,
            description = "readers among them that read 20 KiB a second (default 0)")
    private Share slow = Share.NONE;

    @Option(
            names = "--line-bytes",
            paramLabel = "N",
            description = "bytes of a line's message (default ${DEFAULT-VALUE})")
    private int lineBytes = 150;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "lines per second over all devices, sent on schedule; 0: as many as back-pressure"
                    + " allows (default ${DEFAULT-VALUE})")
    private long rate;

    @Option(
            names = "--window",
            paramLabel = "N",
            description = "with --rate 0, maximum lines per device that are not yet acknowledged and received by all"
                    + " active readers (default ${DEFAULT-VALUE})")
    private int window = 64;

    @Option(
            names = "--unanswered-frames",
            paramLabel = "N",
            description = "with --rate 0, maximum unacknowledged frames per device (default: no limit but the window)")
    private int unansweredFrames = Integer.MAX_VALUE;

    @Option(names = "--batch", paramLabel = "N", description = "lines per frame (default ${DEFAULT-VALUE})")
    private int batch = 1;

    @Option(
            names = "--warmup",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "warm-up time, not measured (default 3s)")
    private Duration warmup = Duration.ofSeconds(3);

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "duration of the measurement (default 10s)")
    private Duration duration = Duration.ofSeconds(10);

    @Option(
            names = "--prefix",
            paramLabel = "NAME",
            description = "prefix of the device names (default ${DEFAULT-VALUE})")
    private String prefix = "bench-";

    @Option(
            names = "--server-pid",
            paramLabel = "PID",
            description = "PID of the broker, to report its CPU time and memory")
    private @Nullable Long serverPid;

    @Option(names = "--redis-pid", paramLabel = "PID", description = "PID of Redis, to report its CPU time and memory")
    private @Nullable Long redisPid;

    @Option(names = "--json", description = "print one JSON object")
    private boolean json;

    /** @param terminal whether {@code err} is a terminal */
    public Bench(PrintStream out, PrintStream err, boolean terminal) {
        this(out, err, terminal, () -> null);
    }

    /** @param token for the broker, or null; read after the options have been validated */
    public Bench(PrintStream out, PrintStream err, boolean terminal, Supplier<@Nullable String> token) {
        this.out = out;
        this.err = err;
        this.terminal = terminal;
        this.token = token;
    }

    @Override
    public Integer call() throws IOException {
        Plan plan = plan();
        var meter = new Meter(serverPid, redisPid);
        RunResult outcome = switch (plan.mode()) {
            case LOAD -> Load.run(plan, meter, terminal ? new Ticker() : moment -> {});
            case JOIN -> Join.run(plan, meter);
            case HISTORY -> History.run(plan, meter);
            case IDLE -> Idle.run(plan, meter);
        };
        Report report = new Report(outcome);
        if (json) {
            out.println(report.json().encode());
        } else {
            report.text().forEach(out::println);
        }
        return outcome.tally().isClean() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private Plan plan() throws IOException {
        boolean secure = "https".equals(url.getScheme());
        check(
                (secure || "http".equals(url.getScheme())) && url.getHost() != null,
                "--url must be http(s)://HOST[:PORT][/PATH]");
        check(devices > 0, "--devices must be at least 1");
        check(readers >= 0, "--readers must be at least 0");
        check(batch > 0, "--batch must be at least 1");
        check(mode == Mode.LOAD || readers > 0 || mode == Mode.IDLE, "--mode needs --readers");
        check(mode != Mode.HISTORY || peer == ServerKind.TAILRACE, "nchan has no history to request");
        boolean fills = mode == Mode.JOIN || mode == Mode.HISTORY;
        check(!fills || (ring > 0 && ring % batch == 0), "--ring must be a multiple of --batch");
        check(rate >= 0, "--rate must be at least 0");
        check(rate > 0 || window >= batch, "--window must hold at least one frame of --batch lines");
        check(unansweredFrames > 0, "--unanswered-frames must be at least 1");
        check(
                lineBytes >= LineFormat.MIN_BYTES && lineBytes <= MAX_LINE_BYTES,
                "--line-bytes must be " + LineFormat.MIN_BYTES + " to " + MAX_LINE_BYTES);
        check(
                new FrameTemplate(lineBytes, 1, true).bytes() * (long) batch <= MAX_FRAME_BYTES,
                "a frame of --batch lines must not be longer than " + MAX_FRAME_BYTES + " bytes");
        int stalledReaders = stalled.of(readers);
        int slowReaders = slow.of(readers);
        check(stalledReaders + slowReaders <= readers, "--stalled plus --slow must not exceed --readers");
        boolean plain = mode == Mode.LOAD && peer == ServerKind.TAILRACE && stalledReaders + slowReaders == 0;
        check(
                !fleet || (plain && rate > 0),
                "--fleet requires --mode load and --rate, and excludes --stalled and --slow");
        return new Plan(
                mode,
                peer,
                url.getHost(),
                url.getPort() < 0 ? (secure ? 443 : 80) : url.getPort(),
                secure ? Authorities.trust(authorities) : null,
                url.getPath().replaceAll("/+$", ""),
                token.get(),
                prefix,
                devices,
                readers,
                fleet,
                stalledReaders,
                slowReaders,
                lineBytes,
                batch,
                rate,
                window,
                unansweredFrames,
                ring,
                warmup,
                duration);
    }

    private void check(boolean holds, String message) {
        if (!holds && spec != null) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }

    /** Reports the progress every second. */
    private final class Ticker implements Consumer<Sample> {
        private @Nullable Sample before;

        @Override
        public void accept(Sample now) {
            if (before != null) {
                err.println(Report.progress(before, now));
            }
            before = now;
        }
    }

    /** A number or a percentage. */
    record Share(int count, boolean percent) {

        static final Share NONE = new Share(0, false);

        int of(int all) {
            return percent ? (int) ((long) all * count / 100) : count;
        }

        static final class Converter implements ITypeConverter<Share> {
            private static final Pattern FORM = Pattern.compile("(\\d{1,6})(%?)");

            @Override
            public Share convert(String value) {
                Matcher form = FORM.matcher(value);
                if (!form.matches()) {
                    throw new TypeConversionException("must be a number or a percentage, not " + value);
                }
                return new Share(Integer.parseInt(form.group(1)), !form.group(2).isEmpty());
            }
        }
    }

    static final class ModeConverter implements ITypeConverter<Mode> {
        @Override
        public Mode convert(String value) {
            for (Mode mode : Mode.values()) {
                if (mode.name().toLowerCase(Locale.ROOT).equals(value)) {
                    return mode;
                }
            }
            throw new TypeConversionException("must be load, join, history or idle, not " + value);
        }
    }

    static final class DialectConverter implements ITypeConverter<ServerKind> {
        @Override
        public ServerKind convert(String value) {
            return switch (value) {
                case "tailrace" -> ServerKind.TAILRACE;
                case "nchan" -> ServerKind.NCHAN;
                default -> throw new TypeConversionException("must be tailrace or nchan, not " + value);
            };
        }
    }
}
