package dev.tailrace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.testing.Require;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The bill of materials that lies beside the jar. */
final class SbomTest {

    private static final Path FILE = Path.of("target/tailrace.cdx.json");

    @Test
    void bill_namesWhatIsInTheJar_andNothingOfTheTests() throws IOException {
        Require.that(Files.exists(FILE), "needs target/tailrace.cdx.json (make build)");
        JsonObject bill = new JsonObject(Files.readString(FILE));
        assertThat(bill.getString("bomFormat")).isEqualTo("CycloneDX");
        JsonArray components = bill.getJsonArray("components");
        Set<String> names = components.stream()
                .map(JsonObject.class::cast)
                .map(one -> one.getString("group") + ":" + one.getString("name"))
                .collect(Collectors.toSet());
        assertThat(names)
                .contains("io.vertx:vertx-core", "io.vertx:vertx-web", "io.netty:netty-handler")
                .contains("info.picocli:picocli", "ch.qos.logback:logback-classic")
                .noneMatch(name -> name.startsWith("org.junit")
                        || name.startsWith("org.assertj")
                        || name.startsWith("io.opentelemetry:")
                        || name.contains("pkitesting")
                        || name.contains("testcontainers"));
        assertThat(components.stream().map(JsonObject.class::cast))
                .as("each with its version and where it comes from")
                .allMatch(one -> one.containsKey("version") && one.containsKey("purl"));
    }
}
