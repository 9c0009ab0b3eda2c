package dev.tailrace.cli;

import dev.tailrace.config.Setting;
import dev.tailrace.config.Settings;
import dev.tailrace.server.BrokerServer;
import java.net.URI;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** {@code tailrace serve}: runs a broker until it is asked to stop. Its options are the list of settings. */
final class Serve implements Callable<Integer> {

    private static final int FAILURE = 1;
    private static final int USAGE = 2;
    private static final long GRACE_SECONDS = 5; // beyond the drain time, to close storage and the process

    private Consumer<URI> whenListening = broker -> {};
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    Serve() {
        spec.name("serve");
        spec.usageMessage().description("Run the broker until SIGTERM or SIGINT.");
        spec.mixinStandardHelpOptions(true);
        for (Setting setting : Setting.values()) {
            spec.addOption(option(setting));
        }
    }

    private static OptionSpec option(Setting setting) {
        String absent = setting.absent() == null || setting.isSwitch() ? "" : " (default " + setting.absent() + ")";
        OptionSpec.Builder option = OptionSpec.builder("--" + setting.option())
                .description(setting.meaning() + absent + " [" + setting.variable() + "]");
        return setting.isSwitch()
                ? option.type(boolean.class).build()
                : option.type(String.class).paramLabel("VALUE").build();
    }

    CommandSpec spec() {
        return spec;
    }

    /** Called once the broker listens, with its addresses. */
    void whenListening(Consumer<URI> handler) {
        whenListening = handler;
    }

    @Override
    public Integer call() throws InterruptedException {
        BrokerServer server;
        Settings settings;
        try {
            settings = Settings.read(given());
            server = BrokerServer.start(settings)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        } catch (Settings.InvalidSettingException | IllegalStateException | IllegalArgumentException wrong) {
            spec.commandLine().getErr().println(wrong.getMessage());
            return USAGE;
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            spec.commandLine().getErr().println("cannot start: " + cause.getMessage());
            return FAILURE;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server, settings), "drain"));
        spec.commandLine()
                .getOut()
                .println("listening on " + url(settings, server) + ", management on "
                        + (settings.tls().management() ? "https://" : "http://")
                        + authority(settings.listen().managementHost(), server.managementPort())
                        + (server.syslogPort() < 0
                                ? ""
                                : ", syslog on " + authority(settings.listen().host(), server.syslogPort()))
                        + (server.syslogTlsPort() < 0
                                ? ""
                                : ", syslog over TLS on "
                                        + authority(settings.listen().host(), server.syslogTlsPort()))
                        + (server.gelfPort() < 0
                                ? ""
                                : ", GELF on " + authority(settings.listen().host(), server.gelfPort())));
        spec.commandLine().getOut().flush();
        whenListening.accept(URI.create(url(settings, server)));
        Thread.currentThread().join(); // until the JVM is asked to stop
        return 0;
    }

    private static String url(Settings settings, BrokerServer server) {
        return (settings.tls().cert() == null ? "http://" : "https://")
                + authority(settings.listen().host(), server.port());
    }

    /** The form in a URL, where an IPv6 address has brackets. */
    static String authority(String host, int port) {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private Map<Setting, String> given() {
        ParseResult parsed = spec.commandLine().getParseResult();
        Map<Setting, String> given = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            Object value = parsed.matchedOptionValue("--" + setting.option(), null);
            if (value != null) {
                given.put(setting, value.toString());
            }
        }
        return given;
    }

    private static void stop(BrokerServer server, Settings settings) {
        try {
            server.stop()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(
                            settings.drain().delay().toSeconds()
                                    + settings.drain().time().toSeconds()
                                    + GRACE_SECONDS,
                            TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException late) {
            // stop() has logged it; the JVM ends in any case
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
