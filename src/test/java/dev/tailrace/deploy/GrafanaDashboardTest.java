package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The dashboard's form; what it asks is tried by {@link ScrapeTest}. */
@Tag("unit")
final class GrafanaDashboardTest {

    private static final int COLUMNS = 24;

    private final GrafanaDashboard dashboard = GrafanaDashboard.read();

    @Test
    void panels_haveIdsOfTheirOwn_andStandBesideEachOther() {
        Set<Integer> ids = new HashSet<>();
        Set<List<Integer>> taken = new HashSet<>();
        for (JsonObject panel : dashboard.panels()) {
            String title = panel.getString("title");
            assertThat(ids.add(panel.getInteger("id"))).as("a new id: " + title).isTrue();
            JsonObject at = panel.getJsonObject("gridPos");
            for (int x = at.getInteger("x"); x < at.getInteger("x") + at.getInteger("w"); x++) {
                assertThat(x).as(title).isLessThan(COLUMNS);
                for (int y = at.getInteger("y"); y < at.getInteger("y") + at.getInteger("h"); y++) {
                    assertThat(taken.add(List.of(x, y))).as("room for " + title).isTrue();
                }
            }
        }
    }

    @Test
    void panels_sayWhatTheyShow_fromTheChosenDataSource() {
        for (JsonObject panel : dashboard.panels()) {
            if (panel.getString("type").equals("row")) {
                continue;
            }
            assertThat(panel.getString("description"))
                    .as(panel.getString("title"))
                    .isNotBlank();
            assertThat(panel.getJsonObject("datasource").getString("uid")).isEqualTo("${datasource}");
            assertThat(GrafanaDashboard.objects(panel.getJsonArray("targets")))
                    .isNotEmpty()
                    .allMatch(target ->
                            target.getJsonObject("datasource").getString("uid").equals("${datasource}"));
        }
    }

    @Test
    void expressions_areOfTheChosenBrokers() {
        assertThat(GrafanaDashboard.objects(
                        dashboard.json().getJsonObject("templating").getJsonArray("list")))
                .extracting(variable -> variable.getString("name"))
                .containsExactly("datasource", "job", "instance");
        for (String expression : dashboard.expressions("5m")) {
            assertThat(expression)
                    .contains("job=~\".+\"")
                    .contains("instance=~\".+\"")
                    .doesNotContain("$");
        }
    }
}
