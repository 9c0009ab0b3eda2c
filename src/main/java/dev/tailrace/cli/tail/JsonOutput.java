package dev.tailrace.cli.tail;

import dev.tailrace.client.JsonFields;
import dev.tailrace.client.ReceivedEntry;
import dev.tailrace.client.SafeText;
import dev.tailrace.model.DeviceId;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/**
 * Shows entries as they came, one per line, and events likewise with their name.
 *
 * @param terminal whether a terminal obeys what is printed: then control characters that JSON leaves as they are, such as those from
 *     U+0080 on, are escaped, which means the same
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
