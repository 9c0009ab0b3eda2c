package dev.tailrace.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RedisBinaryTest {
    @Test
    void path_onAnyMachine_isAServerThatIsNewEnough() {
        assertThat(RedisBinary.isNewEnough(RedisBinary.path())).isTrue();
    }

    @Test
    void extract_withoutAnInstalledServer_givesOneThatRuns() {
        assertThat(RedisBinary.isNewEnough(RedisBinary.extract())).isTrue();
    }

    @Test
    void isNewEnough_somethingElse_isFalse() {
        assertThat(RedisBinary.isNewEnough(Path.of("/nowhere/redis-server"))).isFalse();
        assertThat(RedisBinary.isNewEnough(Path.of("/bin/sh"))).isFalse();
    }
}
