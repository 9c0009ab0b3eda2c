package dev.tailrace.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.Line;
import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The Dockerfile, which nobody builds here: what it copies is there, and it says what the other way to an image says. */
@Tag("unit")
final class DockerfileTest {

    private static final Path FILE = Path.of("deploy/Dockerfile");

    /** One instruction, with its continued lines joined. */
    private record Instruction(int stage, String name, String rest) {}

    private final List<Instruction> all = read();

    private static List<Instruction> read() {
        List<Instruction> all = new ArrayList<>();
        int stage = 0;
        try {
            for (String line : Files.readString(FILE).replace("\\\n", " ").split("\n")) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                String[] parts = line.trim().split("\\s+", 2);
                stage += parts[0].equals("FROM") ? 1 : 0;
                all.add(new Instruction(stage, parts[0], parts[1]));
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return all;
    }

    private List<String> of(int stage, String name) {
        return all.stream()
                .filter(one -> one.stage() == stage && one.name().equals(name))
                .map(Instruction::rest)
                .toList();
    }

    private static List<String> words(String json) {
        return new JsonArray(json).stream().map(Object::toString).toList();
    }

    @Test
    void bases_areNamedByAVersion() {
        assertThat(of(0, "ARG")).hasSize(2).allMatch(base -> base.contains(":") && !base.contains("latest"));
        assertThat(of(1, "FROM")).containsExactly("${JDK} AS build");
        assertThat(of(2, "FROM")).containsExactly("${BASE}");
    }

    @Test
    void bothWays_haveTheSameBase() throws IOException {
        String base = Files.readString(Path.of("pom.xml")).replaceFirst("(?s).*<image.base>(.*?)</image.base>.*", "$1");
        assertThat(of(0, "ARG")).contains("BASE=" + base);
    }

    @Test
    void whatTheBuildCopies_isThere_andNotIgnored() throws IOException {
        List<String> kept = Files.readAllLines(Path.of("deploy/Dockerfile.dockerignore"));
        assertThat(kept.get(0)).isEqualTo("*");
        for (String copy : of(1, "COPY")) {
            String source = copy.split("\\s+")[0];
            assertThat(Path.of(source)).exists();
            assertThat(kept).contains("!" + source);
        }
        String run = String.join("\n", of(1, "RUN"));
        assertThat(run).contains(".ci/image-files \"$JAVA_HOME\" target/tailrace.jar /opt/tailrace");
        assertThat(Path.of(".ci/image-files")).isExecutable();
    }

    @Test
    void image_isThatOfJib() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        List<String> entrypoint = words(of(2, "ENTRYPOINT").get(0));
        assertThat(pom).contains("<entrypoint>" + String.join(",", entrypoint) + "</entrypoint>");
        assertThat(pom).contains("<user>" + of(2, "USER").get(0) + "</user>");
        assertThat(pom).contains("<args>" + String.join(",", words(of(2, "CMD").get(0))) + "</args>");
        for (String port : of(2, "EXPOSE").get(0).split(" ")) {
            assertThat(pom).contains("<port>" + port + "</port>");
        }
        String[] variable = of(2, "ENV").get(0).split("=");
        assertThat(pom).contains("<" + variable[0] + ">" + variable[1] + "</" + variable[0] + ">");
    }

    @Test
    void healthCheck_asksTheBrokerItself() {
        String check = of(2, "HEALTHCHECK").get(0);
        List<String> command = words(check.substring(check.indexOf("CMD ") + 4));
        List<String> expected = new ArrayList<>(words(of(2, "ENTRYPOINT").get(0)));
        expected.add("health");
        assertThat(command).isEqualTo(expected);
    }

    /** The quick tests have their classes in another folder than Maven's usual one. */
    @Test
    void java_hasTheModulesThatOurClassesUse() throws IOException, URISyntaxException {
        Path classes = Path.of(
                Line.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        StringWriter found = new StringWriter();
        ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
        int exit = jdeps.run(
                new PrintWriter(found),
                new PrintWriter(found),
                "--multi-release",
                "base",
                "--ignore-missing-deps",
                "--print-module-deps",
                classes.toString());
        assertThat(exit).isZero();
        String modules = Files.readString(Path.of(".ci/image-files")).replaceFirst("(?s).*\nmodules=(\\S+)\n.*", "$1");
        assertThat(modules.split(",")).contains(found.toString().trim().split(","));
    }

    @Test
    void files_areAllCopied() throws IOException {
        List<String> copied = of(2, "COPY").stream()
                .flatMap(copy -> Arrays.stream(copy.split("\\s+")))
                .filter(word -> word.startsWith("/opt/tailrace/"))
                .toList();
        // As .ci/image-files lays them out, with a JDK from 25 on.
        assertThat(copied)
                .contains(
                        "/opt/tailrace/jre",
                        "/opt/tailrace/tailrace.jar",
                        "/opt/tailrace/tailrace.aot",
                        "/opt/tailrace/jvm.options",
                        "/opt/tailrace/libzstd-jni.so");
        String script = Files.readString(Path.of(".ci/image-files"));
        for (String file : copied) {
            assertThat(script).contains(file.substring(file.lastIndexOf('/') + 1));
        }
    }
}
