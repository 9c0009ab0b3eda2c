package dev.tailrace.cli;

import dev.tailrace.bench.Bench;
import dev.tailrace.cli.canary.Canary;
import dev.tailrace.cli.doctor.Doctor;
import dev.tailrace.cli.send.Send;
import dev.tailrace.cli.tail.Tail;
import dev.tailrace.client.Bearer;
import dev.tailrace.client.Console;
import dev.tailrace.client.ErrorText;
import dev.tailrace.client.Output;
import dev.tailrace.client.UsageException;
import dev.tailrace.client.Version;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command line: {@code tailrace COMMAND}. */
@Command(
        name = "tailrace",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Live log broker for fleets of devices: devices stream lines in, people and programs watch them.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:success",
            "1:failed; the reason is on standard error",
            "2:wrong usage",
            "3:memory is exhausted",
            "141:the reader of standard output left, as in: tailrace tail DEVICE | head"
        })
public final class Main implements Runnable {

    /** Commands that start a broker. */
    private static final Set<String> LONG_RUNNING = Set.of("serve", "demo");

    /** As a shell reports a program that the signal of a closed pipe ended: 128 and SIGPIPE. */
    public static final int CLOSED_PIPE = 141;

    @Spec
    private @Nullable CommandSpec spec;

    private Main() {}

    public static void main(String[] args) {
        if (args.length > 0 && LONG_RUNNING.contains(args[0])) {
            MemoryGuard.install();
        }
        System.exit(run(Console.ofProcess(), args));
    }

    /** Runs one command and returns its exit code. */
    public static int run(Console console, String... args) {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("serve", () -> new Serve().spec());
        commands.put("tail", () -> new Tail(console));
        commands.put("send", () -> new Send(console));
        commands.put("devices", () -> new Devices(console));
        commands.put("health", () -> new Health(console));
        commands.put("token", () -> new Token(console));
        commands.put("canary", () -> new Canary(console));
        commands.put(
                "bench",
                () -> new Bench(
                        console.out(),
                        console.err(),
                        console.errIsTerminal(),
                        () -> Bearer.of(console.environment().get(Bearer.VARIABLE), Bearer.VARIABLE)
                                .token()));
        commands.put("doctor", () -> new Doctor(console));
        commands.put("demo", Demo::new);
        Supplier<Object> named = args.length == 0 ? null : commands.get(args[0]);
        // Only the named command, because otherwise a broker waits until picocli has read the options of all others.
        List<Object> needed =
                named == null ? commands.values().stream().map(Supplier::get).toList() : List.of(named.get());
        return run(console, needed, args);
    }

    /** The same, with these commands. */
    public static int run(Console console, List<?> commands, String... args) {
        CommandLine line = new CommandLine(new Main());
        commands.forEach(line::addSubcommand);
        line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
        line.registerConverter(DeviceId.class, value -> name(value, DeviceId::new));
        line.registerConverter(FleetId.class, value -> name(value, FleetId::new));
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            if (failure instanceof UsageException wrong) {
                return command.getParameterExceptionHandler()
                        .handleParseException(new ParameterException(command, wrong.getMessage()), args);
            }
            console.report(command.getCommandSpec().qualifiedName() + ": " + ErrorText.of(failure));
            return ExitCode.SOFTWARE;
        });
        int code = line.execute(args);
        IOException unwritten = console.out().failure();
        return code != ExitCode.OK || unwritten == null ? code : unwritten(console, unwritten);
    }

    /** The command succeeded, but not all of its output was written. */
    private static int unwritten(Console console, IOException why) {
        if (Output.isClosedPipe(why)) {
            return CLOSED_PIPE;
        }
        console.report("tailrace: cannot write the output: " + ErrorText.of(why));
        return ExitCode.SOFTWARE;
    }

    private static <T> T name(String value, Function<String, T> named) {
        try {
            return named.apply(value);
        } catch (IllegalArgumentException wrong) {
            throw new TypeConversionException(wrong.getMessage());
        }
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "Missing command");
        }
    }
}
