package dev.tailrace.client;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The standard output of a command; it remembers why it could not be written. */
public final class Output extends PrintStream {

    private final Remembering target;

    /** @param target what is written to; should be buffered */
    public Output(OutputStream target) {
        this(new Remembering(target));
    }

    private Output(Remembering target) {
        super(target, false, StandardCharsets.UTF_8);
        this.target = target;
    }

    /** Writes what is buffered, and returns why the output could not be written, or null. */
    public @Nullable IOException failure() {
        return checkError() && target.failure == null ? new IOException("unknown error") : target.failure;
    }

    /** Whether the reader of the output left, as {@code head} does when it has seen enough. */
    public static boolean isClosedPipe(IOException failure) {
        return String.valueOf(failure.getMessage())
                .toLowerCase(java.util.Locale.ROOT)
                .contains("pipe");
    }

    private static final class Remembering extends FilterOutputStream {
        private volatile @Nullable IOException failure;

        Remembering(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            remember(() -> out.write(b));
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            remember(() -> out.write(bytes, from, length));
        }

        @Override
        public void flush() throws IOException {
            remember(out::flush);
        }

        private void remember(Writing writing) throws IOException {
            try {
                writing.write();
            } catch (IOException failed) {
                if (failure == null) {
                    failure = failed;
                }
                throw failed;
            }
        }
    }

    private interface Writing {
        void write() throws IOException;
    }
}
