package dev.tailrace.cli;

import dev.tailrace.model.DeviceId;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** Shows entries as they came, one per line, and events likewise with their name. */
record JsonOutput(PrintStream out) implements LiveOutput {

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
    private static String oneLine(String json) {
        return json.replace('\n', ' ');
    }
}
