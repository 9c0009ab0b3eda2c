package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.Require;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit for systemd, as its own tools see it. */
final class UnitsTest {

    private static final Path UNIT = Path.of("deploy/systemd/tailrace.service");
    private static final Path ENVIRONMENT = Path.of("deploy/systemd/tailrace.env");
    private static final String JAVA = "/opt/tailrace/jre/bin/java";

    @TempDir
    private Path folder;

    /** The unit with a program that exists here, for systemd looks. */
    private Path copy() throws IOException {
        return Files.writeString(
                folder.resolve("tailrace.service"),
                Files.readString(UNIT)
                        .replace(
                                JAVA,
                                Path.of(System.getProperty("java.home"), "bin/java")
                                        .toString()));
    }

    @Test
    void unit_isUnderstood() throws IOException {
        Require.program("systemd-analyze");
        Command verify = Command.run(folder, "systemd-analyze", "verify", "--man=no", copy().toString());
        assertThat(verify.exit()).as(verify.output()).isZero();
        assertThat(verify.output().lines().filter(line -> line.contains("tailrace.service")))
                .isEmpty();
    }

    @Test
    void unit_exposesLittle() throws IOException {
        Require.program("systemd-analyze");
        // In tenths: from 0, all shut, to 100.
        Command security = Command.run(
                folder, "systemd-analyze", "security", "--offline=true", "--threshold=20", copy().toString());
        assertThat(security.exit()).as(security.output()).isZero();
    }

    @Test
    void unit_startsWhatTheImageStarts_andWaitsLongerThanTheDrain() throws IOException {
        String unit = Files.readString(UNIT);
        assertThat(unit)
                .contains("ExecStart=" + JAVA + " @/opt/tailrace/jvm.options -jar /opt/tailrace/tailrace.jar serve\n")
                .contains("EnvironmentFile=/etc/tailrace/tailrace.env");
        int stop = Integer.parseInt(unit.replaceFirst("(?s).*TimeoutStopSec=(\\d+)s.*", "$1"));
        int drain = Integer.parseInt(
                Files.readString(ENVIRONMENT).replaceFirst("(?s).*TAILRACE_DRAIN_TIME=(\\d+)s.*", "$1"));
        assertThat(stop).isGreaterThan(drain + 5);
    }

    @Test
    void environment_hasSettingsThatExist() throws IOException {
        Set<String> variables =
                Arrays.stream(Setting.values()).map(Setting::variable).collect(Collectors.toSet());
        assertThat(Files.readAllLines(ENVIRONMENT).stream()
                        .filter(line -> line.contains("=") && !line.startsWith("# "))
                        .map(line -> line.replaceFirst("^#", "").replaceFirst("=.*", "")))
                .isNotEmpty()
                .isSubsetOf(variables);
    }
}
