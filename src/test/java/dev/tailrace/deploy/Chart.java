package dev.tailrace.deploy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/** Our chart, in Helm's hands. */
final class Chart {

    static final Path FOLDER = Path.of("helm/tailrace");
    static final String HOOK = "example.com/hook";
    static final Path CASES = Path.of("src/test/resources/dev/tailrace/deploy/values");

    private static final Path COPY = copyWithHooksAsManifests();

    private Chart() {}

    /** The library leaves hooks and notes out of what it renders, so they are made what they are not. */
    private static Path copyWithHooksAsManifests() {
        try (Stream<Path> files = Files.walk(FOLDER)) {
            Path copy = Files.createTempDirectory("tailrace-chart-");
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(FOLDER.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.writeString(target, Files.readString(file).replace("helm.sh/hook:", HOOK + ":"));
                target.toFile().deleteOnExit();
            }
            Path notes = copy.resolve("templates/NOTES.txt");
            Files.writeString(
                    copy.resolve("templates/_notes.tpl"),
                    "{{- define \"notes\" }}" + Files.readString(notes) + "{{ end -}}");
            Files.delete(notes);
            Files.writeString(copy.resolve("templates/notes.yaml"), """
                    apiVersion: v1
                    kind: ConfigMap
                    metadata:
                      name: notes
                      labels: {{- include "tailrace.labels" . | nindent 4 }}
                    data:
                      text: |
                        {{- include "notes" . | nindent 4 }}
                    """);
            return copy;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The manifests of a release named {@code logs}; when Helm refuses the values, its message is in the exception. */
    static Manifests render(Path values) {
        return parse(template().withValuesFile(values).call());
    }

    /** The same with a Redis outside the release, and with values as on the command line: {@code name=value}. */
    static Manifests render(String... values) {
        TemplateCommand template = template().set("redisUrl", "redis://redis:6379");
        for (String value : values) {
            int equals = value.indexOf('=');
            template.set(value.substring(0, equals), value.substring(equals + 1));
        }
        return parse(template.call());
    }

    private static TemplateCommand template() {
        return new Helm(COPY)
                .template()
                .withName("logs")
                .withNamespace("observed")
                .withKubeVersion("1.32.0");
    }

    private static Manifests parse(String yaml) {
        List<Node> all = new ArrayList<>();
        for (Object document : new Yaml().loadAll(yaml)) {
            if (document != null) {
                all.add(new Node(document));
            }
        }
        return new Manifests(all);
    }

    /** The values files of the tests, one per way to install it. */
    static List<Path> cases() {
        try (var files = Files.list(CASES)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static Map<String, Object> values() {
        try {
            return new Yaml().load(Files.readString(FOLDER.resolve("values.yaml")));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** All documents of one rendering. */
    record Manifests(List<Node> all) {

        List<Node> of(String kind) {
            return all.stream().filter(one -> one.text("kind").equals(kind)).toList();
        }

        Node only(String kind) {
            List<Node> found = of(kind);
            if (found.size() != 1) {
                throw new AssertionError(found.size() + " of kind " + kind);
            }
            return found.get(0);
        }

        Node named(String kind, String name) {
            return of(kind).stream()
                    .filter(one -> one.text("metadata.name").equals(name))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
        }

        Node broker() {
            return named("Deployment", "logs-tailrace");
        }

        Node container() {
            return broker().list("spec.template.spec.containers").get(0);
        }

        /** The settings that a broker gets by its ConfigMap. */
        Map<String, Object> settings() {
            return named("ConfigMap", "logs-tailrace").map("data");
        }
    }

    /** A part of a document; parts of it are named by their path, as {@code spec.replicas}. */
    record Node(Object value) {

        Object get(String path) {
            Object at = value;
            for (String step : path.split("\\.")) {
                at = at instanceof Map<?, ?> map ? map.get(step) : null;
            }
            return at;
        }

        boolean has(String path) {
            return get(path) != null;
        }

        List<String> fields() {
            return ((Map<?, ?>) value).keySet().stream().map(Object::toString).toList();
        }

        String text(String path) {
            return String.valueOf(Objects.requireNonNull(get(path), () -> path + " in " + value));
        }

        int number(String path) {
            return ((Number) Objects.requireNonNull(get(path), () -> path + " in " + value)).intValue();
        }

        @SuppressWarnings("unchecked")
        Map<String, Object> map(String path) {
            return (Map<String, Object>) Objects.requireNonNull(get(path), () -> path + " in " + value);
        }

        List<Node> list(String path) {
            Object list = get(path);
            return list == null
                    ? List.of()
                    : ((List<?>) list).stream().map(Node::new).toList();
        }

        Node at(String path) {
            return new Node(Objects.requireNonNull(get(path), () -> path + " in " + value));
        }

        /** The one of a list whose {@code name} it is. */
        Node named(String path, String name) {
            return list(path).stream()
                    .filter(one -> name.equals(one.get("name")))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + name + " in " + path));
        }
    }
}
