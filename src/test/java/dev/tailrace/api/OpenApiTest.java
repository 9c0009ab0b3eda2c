package dev.tailrace.api;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.tailrace.config.Setting;
import dev.tailrace.http.LastEventId;
import dev.tailrace.testing.EventReader;
import dev.tailrace.testing.RunningBroker;
import dev.tailrace.testing.SseReader;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The OpenAPI description and the broker have the same paths, parameters and fields. */
@SuppressWarnings("unchecked") // YAML is maps and lists
final class OpenApiTest {

    private static final List<String> METHODS = List.of("get", "put", "post", "delete", "patch", "head", "options");

    /** The expressions by which the code reads query parameters. */
    private static final Pattern READS = Pattern.compile(
            "\\b(?:values|text|searched|bool|integer|position|time|zone|getAll|get)\\(\"([a-z][a-zA-Z]*[!>]?)\"");

    private static RunningBroker broker;
    private static Map<String, Object> description;

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(
                Map.of(Setting.RING_CAPACITY, "10", Setting.STREAM_HEARTBEAT, "300ms", Setting.BALENA_API, "true"));
        HttpResponse<String> answer = broker.get("/api/v1/openapi.yaml");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/yaml");
        description = new Yaml().load(answer.body());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static Map<String, Object> map(Object from, String... path) {
        Map<String, Object> at = (Map<String, Object>) from;
        for (String name : path) {
            at = (Map<String, Object>) at.get(name);
            assertThat(at).as(String.join("/", path)).isNotNull();
        }
        return at;
    }

    private static Map<String, Object> resolved(Object node) {
        Object ref = map(node).get("$ref");
        return ref == null
                ? map(node)
                : map(description, ref.toString().substring(2).split("/"));
    }

    // ---- paths

    @Test
    void description_isOpenApi31() {
        assertThat(description.get("openapi")).isEqualTo("3.1.0");
    }

    @Test
    void references_allResolve() {
        Matcher references = Pattern.compile("\\$ref=#/([A-Za-z/]+)").matcher(description.toString());
        int found = 0;
        while (references.find()) {
            assertThat(map(description, references.group(1).split("/"))).isNotEmpty();
            found++;
        }
        assertThat(found).isPositive();
    }

    @Test
    void routes_andDescription_areTheSame() throws Exception {
        assertThat(documented()).isEqualTo(mounted());
    }

    private static Set<String> documented() {
        Set<String> operations = new TreeSet<>();
        map(description, "paths")
                .forEach((path, item) -> map(item).keySet().stream()
                        .filter(METHODS::contains)
                        .forEach(method -> operations.add(method + " " + path)));
        return operations;
    }

    /** The routes of each class with a {@code mount} method, built without its services. */
    private static Set<String> mounted() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Router router = Router.router(vertx);
            for (Class<?> end : ends()) {
                Constructor<?> constructor = end.getConstructors()[0];
                Object routes = constructor.newInstance(Stream.of(constructor.getParameterTypes())
                        .map(type -> type == int.class ? 0 : null)
                        .toArray());
                end.getMethod("mount", Router.class).invoke(routes, router);
            }
            Set<String> operations = new TreeSet<>();
            for (Route route : router.getRoutes()) {
                String path = route.getPath().replaceAll(":([a-z]+)", "{$1}");
                route.methods().forEach(method -> operations.add(method.name().toLowerCase(Locale.ROOT) + " " + path));
            }
            return operations;
        } finally {
            RunningBroker.await(vertx.close());
        }
    }

    private static List<Class<?>> ends() {
        List<Class<?>> ends = new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages("dev.tailrace.ingest", "dev.tailrace.egress", "dev.tailrace.api")
                        .stream()
                        .filter(one -> one.tryGetMethod("mount", Router.class).isPresent())
                        .<Class<?>>map(JavaClass::reflect)
                        .toList();
        assertThat(ends).hasSizeGreaterThanOrEqualTo(4);
        return ends;
    }

    @Test
    void documentedPaths_allAnswer() {
        for (String operation : documented()) {
            String method = operation.substring(0, operation.indexOf(' ')).toUpperCase(Locale.ROOT);
            String path = operation
                    .substring(operation.indexOf(' ') + 1)
                    .replace("{name}", "device")
                    .replaceAll("\\{[a-z]+}", "answers");
            // A wrong parameter, so that streams answer with a refusal and end.
            HttpResponse<String> answer = broker.request(method, path + "?tail=x&limit=x", "");
            boolean unknown = answer.statusCode() == 404 && answer.body().contains("problem:unknown-");
            if (!unknown) {
                assertThat(answer.statusCode()).as(operation).isNotIn(404, 405, 500);
            }
        }
    }

    @Test
    void unknownPath_isAProblem_thatNamesTheDescription() {
        HttpResponse<String> nowhere = broker.get("/api/v1/nothing");
        assertThat(nowhere.statusCode()).isEqualTo(404);
        assertConforms("Problem", new JsonObject(nowhere.body()));
        HttpResponse<String> wrong = broker.request("PATCH", "/api/v1/devices", "");
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertConforms("Problem", new JsonObject(wrong.body()));
    }

    // ---- parameters

    @Test
    void parametersOfTheCode_areTheDocumentedOnes() throws IOException {
        Set<String> read = new TreeSet<>();
        for (String room : List.of("ingest", "egress", "api")) {
            try (Stream<Path> sources = Files.walk(Path.of("src/main/java/dev/tailrace", room))) {
                for (Path source : sources.filter(Files::isRegularFile).toList()) {
                    Matcher matcher = READS.matcher(Files.readString(source));
                    while (matcher.find()) {
                        read.add(matcher.group(1));
                    }
                }
            }
        }
        read.add(LastEventId.PARAMETER); // in a room that all others use
        Set<String> documented = new TreeSet<>();
        map(description, "paths")
                .values()
                .forEach(item -> map(item).forEach((method, operation) -> {
                    if (METHODS.contains(method)) {
                        ((List<Object>) map(operation).getOrDefault("parameters", List.of()))
                                .stream()
                                        .map(OpenApiTest::resolved)
                                        .filter(parameter -> "query".equals(parameter.get("in")))
                                        .filter(parameter -> !isOfAnyName(parameter))
                                        .forEach(parameter -> documented.add((String) parameter.get("name")));
                    }
                }));
        assertThat(read).isEqualTo(documented);
    }

    /** The names of such parameters are those of the properties. */
    private static boolean isOfAnyName(Map<String, Object> parameter) {
        return map(parameter, "schema").containsKey("patternProperties");
    }

    // ---- fields

    @Test
    void responses_haveTheDocumentedFields() {
        JsonObject full = new JsonObject()
                .put("message", "m".repeat(70_000))
                .put("service", "s")
                .put("stream", "stderr")
                .put("system", true)
                .put("level", "warning");
        broker.store("fields", full, new JsonObject().put("message", "ERROR: plain"));
        JsonArray entries =
                new JsonArray(broker.get("/api/v1/devices/fields/logs").body());
        assertThat(entries).hasSize(2);
        assertThat(entries.getJsonObject(0).containsKey("levelText")).isTrue();
        assertThat(entries.getJsonObject(1).containsKey("levelGuessed")).isTrue();
        entries.forEach(entry -> assertConforms("Entry", (JsonObject) entry));

        HttpResponse<String> receipt = broker.request(
                "POST",
                "/api/v1/devices/fields/logs",
                "{\n{\"message\":\"m\"}",
                "Content-Type",
                "application/x-ndjson");
        assertConforms("Receipt", new JsonObject(receipt.body()));
        HttpResponse<String> refused = broker.request(
                "POST",
                "/api/v1/devices/fields/logs",
                "not compressed",
                "Content-Type",
                "application/x-ndjson",
                "Content-Encoding",
                "gzip");
        assertConforms("ProblemWithReceipt", new JsonObject(refused.body()));
        assertConforms(
                "Problem",
                new JsonObject(broker.get("/api/v1/devices/fields/logs?limit=x").body()));

        String keys = "/api/v1/devices/fields/keys";
        assertConforms(
                "MadeKey", new JsonObject(broker.request("POST", keys, "{}").body()));
        assertConforms("Keys", new JsonObject(broker.get(keys).body()));
        assertConforms("Limits", new JsonObject(broker.get("/api/v1/limits").body()));
        assertConforms(
                "Revocations", new JsonObject(broker.get("/api/v1/revocations").body()));
        assertConforms(
                "DeviceDetails",
                new JsonObject(broker.get("/api/v1/devices/fields").body()));
        await().atMost(20, SECONDS)
                .until(() -> broker.get("/api/v1/devices").body().contains("\"fields\""));
        assertConforms("Devices", new JsonObject(broker.get("/api/v1/devices").body()));
    }

    @Test
    void events_haveTheDocumentedFields() {
        broker.say("events", "a");
        String several = "/api/v1/logs/stream?device=events&after=events:zz-1";
        try (SseReader one = SseReader.open(broker.port(), "/api/v1/devices/events/logs/stream?after=zz-1");
                SseReader many = SseReader.open(broker.port(), several)) {
            for (SseReader reader : List.of(one, many)) {
                assertConforms("Gap", next(reader, "gap").json());
                assertConforms("Entry", next(reader, null).json());
            }
            assertConforms("Checkpoint", next(many, "checkpoint").json());
            broker.delete("/api/v1/devices/events/logs");
            assertConforms("Clear", next(one, "clear").json());
            assertConforms("Clear", next(many, "clear").json());
        }
    }

    private static EventReader.Event next(SseReader reader, String name) {
        EventReader.Event event = reader.message();
        while (name == null ? event.name() != null : !name.equals(event.name())) {
            event = reader.message();
        }
        return event;
    }

    private static void assertConforms(String schema, JsonObject json) {
        conforms(schema, map(description, "components", "schemas", schema), json);
    }

    /** The part of JSON Schema that the description uses. */
    private static void conforms(String where, Map<String, Object> schema, Object value) {
        Map<String, Object> rules = resolved(schema);
        if (rules.containsKey("const")) {
            assertThat(value).as(where).isEqualTo(rules.get("const"));
        }
        if (rules.containsKey("enum")) {
            assertThat((List<Object>) rules.get("enum")).as(where).contains(value);
        }
        if (rules.containsKey("pattern")) {
            assertThat((String) value).as(where).matches((String) rules.get("pattern"));
        }
        Object type = rules.get("type");
        if (type != null) {
            List<Object> types = type instanceof List<?> list ? List.copyOf(list) : List.of(type);
            assertThat(types.stream().anyMatch(one -> isOf((String) one, value)))
                    .as("%s is %s: %s", where, types, value)
                    .isTrue();
        }
        if (value instanceof JsonObject object) {
            fieldsConform(where, rules, object);
        } else if (value instanceof JsonArray array && rules.containsKey("items")) {
            array.forEach(item -> conforms(where + "[]", map(rules, "items"), item));
        }
    }

    private static void fieldsConform(String where, Map<String, Object> rules, JsonObject object) {
        assertThat(object.fieldNames()).as(where).containsAll((List<String>) rules.getOrDefault("required", List.of()));
        Map<String, Object> properties = (Map<String, Object>) rules.getOrDefault("properties", Map.of());
        for (String name : object.fieldNames()) {
            Object field = properties.getOrDefault(name, rules.get("additionalProperties"));
            assertThat(field).as("%s.%s is documented", where, name).isInstanceOf(Map.class);
            conforms(where + "." + name, map(field), object.getValue(name));
        }
    }

    private static boolean isOf(String type, Object value) {
        return switch (type) {
            case "string" -> value instanceof String;
            case "integer" -> value instanceof Integer || value instanceof Long;
            case "number" -> value instanceof Number;
            case "boolean" -> value instanceof Boolean;
            case "null" -> value == null;
            case "array" -> value instanceof JsonArray;
            case "object" -> value instanceof JsonObject;
            default -> throw new AssertionError(type);
        };
    }
}
