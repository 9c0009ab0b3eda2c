package dev.tailrace.cli.canary;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tailrace.client.JsonFields;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;

/**
 * The totals of a canary at one time.
 *
 * @param seconds since the canary began
 * @param written numbers assigned to lines
 * @param acknowledged lines that a broker acknowledged as stored
 * @param rejected lines that a broker rejected
 * @param sums of all readers
 * @param renamed positions that were found to name another line than before, to any reader or in the history
 * @param connects of all readers, the first ones among them
 * @param quietMillis since the last line of the reader that waits longest for one
 * @param behind stored lines that the slowest reader has not received yet
 * @param slowestMillis the longest time from the creation of a line to its arrival since the last totals
 */
record CanaryTotals(
        double seconds,
        long written,
        long acknowledged,
        long rejected,
        Ledger.Sums sums,
        long renamed,
        long connects,
        long quietMillis,
        long behind,
        long slowestMillis) {

    static CanaryTotals of(double seconds, List<CanaryDevice> devices, List<CanaryReader> readers) {
        return new CanaryTotals(
                seconds,
                devices.stream().mapToLong(CanaryDevice::written).sum(),
                devices.stream().mapToLong(CanaryDevice::acknowledged).sum(),
                devices.stream().mapToLong(CanaryDevice::rejected).sum(),
                readers.stream().map(reader -> reader.ledger().sums()).reduce(Ledger.Sums.NONE, Ledger.Sums::plus),
                readers.stream()
                        .map(CanaryReader::names)
                        .distinct()
                        .mapToLong(PositionNames::renamed)
                        .sum(),
                readers.stream().mapToLong(CanaryReader::connects).sum(),
                readers.stream().mapToLong(CanaryReader::quietMillis).max().orElse(0),
                readers.stream()
                        .mapToLong(reader -> behind(reader, devices))
                        .max()
                        .orElse(0),
                readers.stream()
                        .mapToLong(CanaryReader::takeSlowestMillis)
                        .max()
                        .orElse(0));
    }

    private static long behind(CanaryReader reader, List<CanaryDevice> devices) {
        return devices.stream()
                .filter(device -> device.id().equals(reader.device()))
                .mapToLong(device ->
                        Math.max(0, device.acknowledged() - reader.ledger().last()))
                .sum();
    }

    /** Whether a promise was broken. */
    boolean isFaulty() {
        return sums.isFaulty() || renamed > 0 || rejected > 0;
    }

    String text() {
        return String.format(
                Locale.ROOT,
                "%.0f s: %d written, %d acknowledged, %d delivered, %d in gaps, %d covered by %d changes of epoch; LOST %d, DUPLICATED %d,"
                        + " REORDERED %d, MISSTATED %d, RENAMED %d, REJECTED %d; %d connections of readers, slowest line %d ms",
                seconds,
                written,
                acknowledged,
                sums.delivered(),
                sums.inGaps(),
                sums.told(),
                sums.epochs(),
                sums.lost(),
                sums.duplicated(),
                sums.reordered(),
                sums.misstated(),
                renamed,
                rejected,
                connects,
                slowestMillis);
    }

    String json(boolean last) {
        var text = new StringWriter();
        try (JsonGenerator json = JsonFields.JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeBooleanField("last", last);
            json.writeNumberField("seconds", Math.round(seconds * 1000) / 1000.0);
            json.writeNumberField("written", written);
            json.writeNumberField("acknowledged", acknowledged);
            json.writeNumberField("rejected", rejected);
            json.writeNumberField("delivered", sums.delivered());
            json.writeNumberField("inGaps", sums.inGaps());
            json.writeNumberField("told", sums.told());
            json.writeNumberField("epochs", sums.epochs());
            json.writeNumberField("lost", sums.lost());
            json.writeNumberField("duplicated", sums.duplicated());
            json.writeNumberField("reordered", sums.reordered());
            json.writeNumberField("misstated", sums.misstated());
            json.writeNumberField("renamed", renamed);
            json.writeNumberField("connects", connects);
            json.writeNumberField("quietMillis", quietMillis);
            json.writeNumberField("behind", behind);
            json.writeNumberField("slowestMillis", slowestMillis);
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }

    /** For Prometheus, in its text format 0.0.4. */
    String metrics() {
        var text = new StringBuilder();
        counter(text, "tailrace_canary_written_total", "Numbered lines written", written);
        counter(text, "tailrace_canary_acknowledged_total", "Lines that a broker acknowledged as stored", acknowledged);
        String accounted = "tailrace_canary_numbers_total";
        text.append("# HELP ").append(accounted).append(" Numbers by outcome, over all readers\n");
        text.append("# TYPE ").append(accounted).append(" counter\n");
        value(text, accounted, "delivered", sums.delivered());
        value(text, accounted, "gap", sums.inGaps());
        value(text, accounted, "told", sums.told());
        value(text, accounted, "lost", sums.lost());
        value(text, accounted, "duplicated", sums.duplicated());
        value(text, accounted, "reordered", sums.reordered());
        value(text, accounted, "misstated", sums.misstated());
        value(text, accounted, "renamed", renamed);
        value(text, accounted, "rejected", rejected);
        counter(text, "tailrace_canary_epochs_total", "Changes of the epoch, over all readers", sums.epochs());
        counter(text, "tailrace_canary_connects_total", "Connections of readers", connects);
        gauge(
                text,
                "tailrace_canary_quiet_seconds",
                "Seconds since the quietest reader received a line",
                quietMillis / 1000.0);
        gauge(text, "tailrace_canary_behind", "Stored lines not yet received by the slowest reader", behind);
        gauge(
                text,
                "tailrace_canary_slowest_seconds",
                "Slowest end-to-end delivery of a line since the last scrape",
                slowestMillis / 1000.0);
        return text.toString();
    }

    private static void counter(StringBuilder text, String name, String help, long value) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" counter\n");
        text.append(name).append(' ').append(value).append('\n');
    }

    private static void gauge(StringBuilder text, String name, String help, double value) {
        text.append("# HELP ").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE ").append(name).append(" gauge\n");
        text.append(name).append(' ').append(value).append('\n');
    }

    private static void value(StringBuilder text, String name, String outcome, long value) {
        text.append(name)
                .append("{outcome=\"")
                .append(outcome)
                .append("\"} ")
                .append(value)
                .append('\n');
    }
}
