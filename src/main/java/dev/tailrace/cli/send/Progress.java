package dev.tailrace.cli.send;

import dev.tailrace.client.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** Shows how much of a file is acknowledged, when the output is a terminal. */
final class Progress implements AutoCloseable {

    // Named, so that the bar does not open the terminal to measure it.
    private static final int WIDTH = 79;

    private static final int REFRESH_MILLIS = 200;
    private static final long MEBIBYTE = 1L << 20;

    private final @Nullable ProgressBar bar;

    private Progress(@Nullable ProgressBar bar) {
        this.bar = bar;
    }

    /** @param file the file whose bytes are counted, or null when the input has no known end */
    static Progress of(@Nullable Path file, Console console) throws IOException {
        if (file == null || !console.errIsTerminal()) {
            return new Progress(null);
        }
        return new Progress(new ProgressBarBuilder()
                .setTaskName("acknowledged")
                .setInitialMax(Files.size(file))
                .setUnit(" MiB", MEBIBYTE)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(REFRESH_MILLIS)
                .setConsumer(new ConsoleProgressBarConsumer(console.err(), WIDTH))
                .build());
    }

    void acknowledged(long bytes) {
        if (bar != null) {
            bar.stepTo(bytes);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
