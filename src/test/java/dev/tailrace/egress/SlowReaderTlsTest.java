package dev.tailrace.egress;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import dev.tailrace.testing.TestAuthority;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** The same promises to readers within TLS. */
final class SlowReaderTlsTest extends SlowReaderTest {

    private final TestAuthority authority = new TestAuthority();

    @TempDir
    Path folder;

    @Override
    RunningBroker open(Map<Setting, String> settings) {
        return RunningBroker.start(authority, folder, settings);
    }

    @Override
    SseReader read(int port, int receiveBuffer, String path, String... headers) {
        return new SseReader(authority.context(), port, receiveBuffer, path, headers);
    }
}
