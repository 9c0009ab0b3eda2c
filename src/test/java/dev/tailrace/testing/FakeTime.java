package dev.tailrace.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes the clock of a process wrong by libfaketime, where it is installed. The monotonic clock stays as it is. */
public final class FakeTime {
    private FakeTime() {}

    /** Where it is installed. */
    public static Optional<Path> library() {
        try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
            return folders.map(folder -> folder.resolve("faketime/libfaketimeMT.so.1"))
                    .filter(Files::exists)
                    .findFirst();
        } catch (IOException none) {
            return Optional.empty();
        }
    }

    public static void require() {
        Require.that(library().isPresent(), "libfaketime (apt-get install libfaketime)");
    }

    /**
     * The words that a command has to begin with.
     *
     * @param seconds by which the clock is ahead; negative if it is late
     */
    public static List<String> ahead(long seconds) {
        return List.of(
                "env",
                "LD_PRELOAD=" + library().orElseThrow(),
                "FAKETIME=%+d".formatted(seconds),
                "FAKETIME_DONT_FAKE_MONOTONIC=1");
    }
}
