package dev.tailrace.cli.send;

import dev.tailrace.cli.send.InputLines.InputLine;
import dev.tailrace.client.LineEncoder;
import dev.tailrace.client.NumberedLine;
import dev.tailrace.client.Rejections;
import dev.tailrace.client.SendWindow;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of an input, numbers them and adds them to the window, on its own thread, which waits while the
 * window is full.
 */
final class InputReader implements Runnable {

    /** Bytes that are read of a line of text; the broker keeps 64 KiB of it. */
    private static final int MAX_TEXT_BYTES = 256 * 1024;

    private static final int MAX_OBJECT_BYTES = 1024 * 1024;

    private final InputStream in;
    private final boolean objects;
    private final LineEncoder encoder;
    private final SendWindow window;
    private final Rejections rejections;
    private long seq;
    private volatile @Nullable IOException failure;

    /** @param objects whether lines are JSON objects rather than text */
    InputReader(InputStream in, boolean objects, LineEncoder encoder, SendWindow window, Rejections rejections) {
        this.in = in;
        this.objects = objects;
        this.encoder = encoder;
        this.window = window;
        this.rejections = rejections;
    }

    void start() {
        Thread thread = new Thread(this, "input");
        thread.setDaemon(true); // may be blocked in a read when the command ends
        thread.start();
    }

    /** Why the input could not be read to its end, or null. */
    @Nullable
    IOException failure() {
        return failure;
    }

    @Override
    public void run() {
        try {
            read();
        } catch (IOException unreadable) {
            failure = unreadable;
        } catch (InterruptedException unwanted) {
            Thread.currentThread().interrupt();
        } finally {
            window.end();
        }
    }

    private void read() throws IOException, InterruptedException {
        InputLines lines = new InputLines(in, objects ? MAX_OBJECT_BYTES : MAX_TEXT_BYTES);
        boolean wanted = true;
        for (InputLine line = lines.next(); line != null && wanted; line = lines.next()) {
            byte[] json = objects ? object(line) : encoder.encodeText(seq + 1, line.text(), System.currentTimeMillis());
            if (json != null) {
                wanted = window.put(new NumberedLine(++seq, json, line.number(), line.end()));
            }
        }
    }

    private byte @Nullable [] object(InputLine line) {
        if (line.text().isBlank()) {
            return null;
        }
        try {
            if (line.cut()) {
                throw new IOException("longer than " + MAX_OBJECT_BYTES + " bytes");
            }
            return encoder.encodeObject(seq + 1, line.text());
        } catch (IOException invalid) {
            window.countRejected();
            rejections.report("line " + line.number(), String.valueOf(invalid.getMessage()));
            return null;
        }
    }
}
