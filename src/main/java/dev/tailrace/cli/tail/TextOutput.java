package dev.tailrace.cli.tail;

import dev.tailrace.client.Console;
import dev.tailrace.client.JsonFields;
import dev.tailrace.client.ReceivedEntry;
import dev.tailrace.client.SafeText;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Level;
import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/** Prints entries as text: time, device when there are several, service, level and message. */
final class TextOutput implements LiveOutput {

    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS");
    private static final DateTimeFormatter UTC = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'");

    private static final String INDENT = "    ";

    private static final String DIM = "2";
    private static final String RED = "31";
    private static final String YELLOW = "33";
    private static final String BOLD_RED = "1;31";
    private static final String REVERSED = "7";

    /** Colours for names; without red, which means an error. */
    private static final String[] NAME_COLOURS = {"36", "32", "35", "34", "96", "92", "95", "94"};

    private final PrintStream out;
    private final Console console;
    private final boolean several;
    private final boolean utc;
    private final boolean colours;
    private final ZoneId zone;

    /**
     * @param several whether entries name their device
     * @param utc whether times are in UTC rather than in this machine's zone
     */
    TextOutput(Console console, boolean several, boolean utc, boolean colours) {
        this.console = console;
        this.out = console.out();
        this.several = several;
        this.utc = utc;
        this.colours = colours && console.outIsTerminal();
        this.zone = utc ? ZoneOffset.UTC : ZoneId.systemDefault();
    }

    @Override
    public void entry(ReceivedEntry entry) {
        StringBuilder line = new StringBuilder(entry.message().length() + 64);
        line.append(paint(DIM, time(entry.timestamp()))).append(' ');
        if (several) {
            appendName(line, entry.device().value());
        }
        if (entry.service() != null) {
            appendName(line, entry.service());
        }
        if (entry.level() != null) {
            line.append(paint(levelColour(entry.level()), safe(entry.level()))).append(' ');
        }
        line.append(message(entry)).append('\n');
        out.print(line);
    }

    private void appendName(StringBuilder line, String name) {
        String colour = NAME_COLOURS[Math.floorMod(name.hashCode(), NAME_COLOURS.length)];
        line.append(paint(colour, safe(name))).append(' ');
    }

    private String message(ReceivedEntry entry) {
        String text = withoutLineEnd(entry.message().replace("\r\n", "\n"));
        String shown = !console.outIsTerminal() ? text : colours ? SafeText.coloured(text) : SafeText.plain(text);
        String indented = shown.indexOf('\n') < 0 ? shown : shown.replace("\n", "\n" + INDENT);
        return paint(entry.stderr() ? RED : entry.system() ? DIM : null, indented);
    }

    private static String withoutLineEnd(String text) {
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    // A name that continued on the next line could imitate an entry, also of another device.
    private String safe(String text) {
        String line = text.replace("\r", "\\x0d").replace("\n", "\\x0a");
        return console.outIsTerminal() ? SafeText.plain(line) : line;
    }

    private static @Nullable String levelColour(String level) {
        Level known = Level.of(level);
        if (known == null) {
            return null;
        }
        if (known.isAtLeast(Level.ERROR)) {
            return BOLD_RED;
        }
        return known == Level.WARN ? YELLOW : known.isAtLeast(Level.INFO) ? null : DIM;
    }

    private String time(long millis) {
        return (utc ? UTC : LOCAL).format(Instant.ofEpochMilli(millis).atZone(zone));
    }

    private String paint(@Nullable String colour, String text) {
        return colour == null || !colours ? text : "\u001b[" + colour + "m" + text + "\u001b[0m";
    }

    // A gap is printed in place of the entries; other notices are kept out of the output that a program reads.
    @Override
    public void event(String type, @Nullable DeviceId device, JsonFields fields, String json) {
        String whose = several && device != null ? device + ": " : "";
        switch (type) {
            case "gap" -> out.print(paint(REVERSED, "--- " + whose + gap(fields) + " ---") + '\n');
            case "clear" -> console.report("--- " + whose + "the log was cleared ---");
            case "status" -> console.report("--- " + whose + storage(fields.text("storage", "?")) + " ---");
            default -> {} // an event of a broker that is newer than this command
        }
    }

    private String storage(String state) {
        return switch (state) {
            case "away" -> "storage is unavailable";
            case "back" -> "storage is available again";
            default -> "storage is " + safe(state);
        };
    }

    private String gap(JsonFields fields) {
        if (fields.text("reason", "").equals("place-lost")) {
            return "the broker no longer knows the position of this reader; some lines may be lost";
        }
        if (!fields.has("count") || !fields.has("to")) {
            return "storage was replaced; some lines may be lost";
        }
        long count = fields.number("count", 0);
        return count + (count == 1 ? " line" : " lines") + " lost (" + safe(fields.text("reason", "?")) + ") "
                + safe(fields.text("from", "?")) + " … " + safe(fields.text("to", "?"));
    }
}
