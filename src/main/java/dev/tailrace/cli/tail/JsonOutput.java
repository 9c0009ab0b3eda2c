package dev.tailrace.cli.tail;

import dev.tailrace.client.JsonFields;
import dev.tailrace.client.ReceivedEntry;
import dev.tailrace.client.SafeText;
import dev.tailrace.model.DeviceId;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/**
 * Prints entries unchanged, one per line, and events in the same way with their name.
 *
 * @param terminal whether the output is a terminal: then control characters that JSON does not escape, such as those
 *     from U+0080 on, are escaped, which does not change the value
 */
record JsonOutput(PrintStream out, boolean terminal) implements LiveOutput {

    @Override
    public void entry(ReceivedEntry entry) {
        out.print(oneLine(entry.json()));
        out.print('\n');
    }

    @Override
    public void event(String type, @Nullable DeviceId device, JsonFields fields, String json) {
        String rest = oneLine(json).strip().substring(1);
        boolean empty = fields.values().isEmpty() && rest.strip().equals("}");
        out.print("{\"event\":\"" + type + "\"" + (empty ? "" : ",") + rest);
        out.print('\n');
    }

    // A newline in JSON can only be space between its tokens.
    private String oneLine(String json) {
        String line = json.replace('\n', ' ');
        return terminal ? SafeText.json(line.replace('\r', ' ')) : line;
    }
}
