package dev.tailrace.ingest;

import dev.tailrace.ingest.lines.Splitter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Records the lines that a splitter finds. */
public class RecordedLines implements Splitter.Lines {

    public static final String TOO_LONG = "<too long>";
    public static final String BROKEN = "<broken> ";

    public final List<String> lines = new ArrayList<>();

    @Override
    public void line(byte[] bytes, int from, int to) {
        lines.add(new String(bytes, from, to - from, StandardCharsets.UTF_8));
    }

    @Override
    public void tooLong() {
        lines.add(TOO_LONG);
    }

    @Override
    public void broken(String reason) {
        lines.add(BROKEN + reason);
    }
}
