package dev.tailrace.perf;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The machine that produced the results, as their readers have to know it. */
final class Machine {

    private static final Pattern MODEL = Pattern.compile("model name\\s*: (.*)");

    private Machine() {}

    static List<String> facts(Cores cores, Figures figures) {
        if (figures.scenarios().isEmpty()) {
            return List.of();
        }
        return List.of(
                "Measured " + times(figures) + " by `make bench`; " + cores,
                "Medians of " + extremes(figures, "rounds") + " rounds of " + extremes(figures, "seconds")
                        + " s; load of the machine before: " + extremes(figures, "machineLoad"),
                "Machine: " + model() + ", " + cores.count() + " cores; Linux " + System.getProperty("os.version")
                        + "; JDK " + Runtime.version() + " for all that run on one",
                "Tailrace " + said("git", "describe", "--always", "--dirty") + "; " + said("nginx", "-v")
                        + " with nchan "
                        + said("dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan") + "; Netty "
                        + netty() + "; " + said("redis-server", "--version"));
    }

    /** How many wanted a core during the last minute. */
    static double load() {
        return Math.max(0, ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static String extremes(Figures figures, String name) {
        DoubleSummaryStatistics all = figures.scenarios().stream()
                .mapToDouble(one -> one.getDouble(name, 0.0))
                .summaryStatistics();
        var form = new DecimalFormat("0.#", DecimalFormatSymbols.getInstance(Locale.ROOT));
        return all.getMin() == all.getMax()
                ? form.format(all.getMin())
                : form.format(all.getMin()) + " to " + form.format(all.getMax());
    }

    private static String times(Figures figures) {
        List<String> times = figures.scenarios().stream()
                .map((JsonObject one) -> one.getString("at").substring(0, 16).replace('T', ' '))
                .sorted()
                .toList();
        return times.get(0) + " to " + times.get(times.size() - 1) + " UTC";
    }

    private static String netty() {
        return io.netty.util.Version.identify().values().stream()
                .map(io.netty.util.Version::artifactVersion)
                .findFirst()
                .orElse("of an unknown version");
    }

    private static String model() {
        try {
            Matcher model = MODEL.matcher(Files.readString(Path.of("/proc/cpuinfo")));
            return model.find() ? model.group(1) : System.getProperty("os.arch");
        } catch (IOException unknown) {
            return System.getProperty("os.arch");
        }
    }

    private static String said(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? output.lines().findFirst().orElse("unknown") : "unknown";
        } catch (IOException absent) {
            return "unknown";
        } catch (InterruptedException cause) {
            Thread.currentThread().interrupt();
            return "unknown";
        }
    }
}
