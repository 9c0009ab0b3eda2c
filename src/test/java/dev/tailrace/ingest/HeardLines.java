package dev.tailrace.ingest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Notes what a splitter finds. */
class HeardLines implements Splitter.Lines {

    static final String TOO_LONG = "<too long>";
    static final String BROKEN = "<broken> ";

    final List<String> lines = new ArrayList<>();

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
