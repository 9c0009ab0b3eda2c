package dev.tailrace.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/SETTINGS.md lists all settings. */
@Tag("unit")
final class SettingsPageTest {

    @ParameterizedTest
    @EnumSource(Setting.class)
    void everySetting_hasOneRow(Setting setting) throws IOException {
        assertThat(Files.readString(SettingsPage.FILE)).containsOnlyOnce(SettingsPage.row(setting));
    }

    @Test
    void page_isUpToDate() throws IOException {
        String fresh = SettingsPage.fresh();
        Path copy = Path.of("target/SETTINGS.md");
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, fresh);
        assertThat(Files.mismatch(copy, SettingsPage.FILE))
                .as("where %s is stale; renew it with: cp %s %s", SettingsPage.FILE, copy, SettingsPage.FILE)
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @EnumSource(Setting.class)
    void meaning_isUnderstandableAlone(Setting setting) {
        // Help sorts the options, and the chart groups them differently: no meaning may refer to the one before it.
        assertThat(setting.meaning()).doesNotContain("likewise").doesNotEndWith(".");
    }
}
