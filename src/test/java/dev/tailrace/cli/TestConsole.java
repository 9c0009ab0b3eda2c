package dev.tailrace.cli;

import dev.tailrace.client.Console;
import dev.tailrace.client.Output;
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
    private final Kept err = new Kept(Integer.MAX_VALUE, Integer.MAX_VALUE);
    private final InputStream in;
    private final Map<String, String> environment = new HashMap<>();

    private TestConsole(InputStream in, Kept out) {
        this.in = in;
        this.out = out;
    }

    public static TestConsole withInput(String text) {
        return withInput(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    public static TestConsole withInput(InputStream in) {
        return new TestConsole(in, new Kept(Integer.MAX_VALUE, Integer.MAX_VALUE));
    }

    /** Whose output is read no further than this. */
    public static TestConsole readingLines(int count) {
        return new TestConsole(InputStream.nullInputStream(), new Kept(count, Integer.MAX_VALUE));
    }

    /** Whose output goes to a file on a disk that is full after this many bytes. */
    public static TestConsole withDiskOf(int bytes) {
        return new TestConsole(InputStream.nullInputStream(), new Kept(Integer.MAX_VALUE, bytes));
    }

    public Console console() {
        return console(false);
    }

    public Console console(boolean terminal) {
        return new Console(
                in, new Output(out), new PrintStream(err, true, StandardCharsets.UTF_8), terminal, false, environment);
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
        private final int room;
        private int lines;
        private boolean full;

        Kept(int linesRead, int room) {
            this.linesRead = linesRead;
            this.room = room;
        }

        @Override
        public synchronized void write(byte[] bytes, int from, int length) {
            for (int i = from; i < from + length; i++) {
                write(bytes[i]);
            }
        }

        @Override
        public synchronized void write(int b) {
            full |= size() == room;
            if (lines < linesRead && !full) {
                super.write(b);
            }
            lines += b == '\n' ? 1 : 0;
        }

        @Override
        public synchronized void flush() throws IOException {
            if (lines >= linesRead) {
                throw new IOException("Broken pipe");
            }
            if (full) {
                throw new IOException("No space left on device");
            }
        }

        synchronized String text() {
            return toString(StandardCharsets.UTF_8);
        }
    }
}
