package dev.tailrace.cli;

import dev.tailrace.client.Console;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Streams in memory; the reader of the output leaves after some lines, as {@code head} does. */
public final class TestConsole {

    private final Kept out;
    private final Kept err = new Kept(Integer.MAX_VALUE);
    private final InputStream in;
    private final Map<String, String> environment = new HashMap<>();

    private TestConsole(InputStream in, int linesRead) {
        this.in = in;
        this.out = new Kept(linesRead);
    }

    public static TestConsole withInput(String text) {
        return withInput(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    public static TestConsole withInput(InputStream in) {
        return new TestConsole(in, Integer.MAX_VALUE);
    }

    /** Whose output is read no further than this. */
    public static TestConsole readingLines(int count) {
        return new TestConsole(InputStream.nullInputStream(), count);
    }

    public Console console() {
        return console(false);
    }

    public Console console(boolean terminal) {
        return new Console(
                in,
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                false,
                environment);
    }

    TestConsole with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    public String out() {
        return out.text();
    }

    public List<String> outLines() {
        return out().lines().toList();
    }

    public String err() {
        return err.text();
    }

    private static final class Kept extends ByteArrayOutputStream {
        private final int linesRead;
        private int lines;

        Kept(int linesRead) {
            this.linesRead = linesRead;
        }

        @Override
        public synchronized void write(byte[] bytes, int from, int length) {
            for (int i = from; i < from + length; i++) {
                write(bytes[i]);
            }
        }

        @Override
        public synchronized void write(int b) {
            if (lines < linesRead) {
                super.write(b);
            }
            lines += b == '\n' ? 1 : 0;
        }

        @Override
        public synchronized void flush() throws IOException {
            if (lines >= linesRead) {
                throw new IOException("Broken pipe");
            }
        }

        synchronized String text() {
            return toString(StandardCharsets.UTF_8);
        }
    }
}
