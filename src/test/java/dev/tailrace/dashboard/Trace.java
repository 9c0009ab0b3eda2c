package dev.tailrace.dashboard;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/** Reads what Chromium wrote down about its threads. */
final class Trace {

    private Trace() {}

    /**
     * What each task took on the busiest main thread of a page, in milliseconds, shortest first.
     *
     * @param field {@code dur} for time that passed, {@code tdur} for time that the thread worked, without the time of other processes
     */
    static double[] mainThreadTasks(Path file, String field) throws IOException {
        Set<String> mainThreads = new HashSet<>();
        Map<String, DoubleStream.Builder> tasks = new HashMap<>();
        Map<String, Double> busy = new HashMap<>();
        try (JsonParser json = new JsonFactory().createParser(file.toFile())) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.START_ARRAY && "traceEvents".equals(json.currentName())) {
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        Event event = Event.read(json, field);
                        if ("thread_name".equals(event.name) && "CrRendererMain".equals(event.thread)) {
                            mainThreads.add(event.where());
                        } else if (event.name != null && event.name.endsWith("RunTask")) {
                            tasks.computeIfAbsent(event.where(), key -> DoubleStream.builder())
                                    .add(event.micros / 1000);
                            busy.merge(event.where(), event.micros, Double::sum);
                        }
                    }
                }
            }
        }
        return mainThreads.stream()
                .filter(tasks::containsKey)
                .max((a, b) -> Double.compare(busy.get(a), busy.get(b)))
                .map(where -> Objects.requireNonNull(tasks.get(where))
                        .build()
                        .sorted()
                        .toArray())
                .orElse(new double[] {0});
    }

    private record Event(@Nullable String name, @Nullable String thread, String pid, String tid, double micros) {

        String where() {
            return pid + " " + tid;
        }

        static Event read(JsonParser json, String duration) throws IOException {
            String name = null;
            String thread = null;
            String pid = "";
            String tid = "";
            double micros = 0;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                json.nextToken();
                if (field.equals(duration)) {
                    micros = json.getDoubleValue();
                    continue;
                }
                switch (field) {
                    case "name" -> name = json.getText();
                    case "pid" -> pid = json.getText();
                    case "tid" -> tid = json.getText();
                    case "args" -> thread = threadName(json);
                    default -> json.skipChildren();
                }
            }
            return new Event(name, thread, pid, tid, micros);
        }

        private static @Nullable String threadName(JsonParser json) throws IOException {
            String name = null;
            if (json.currentToken() != JsonToken.START_OBJECT) {
                json.skipChildren();
                return null;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean isName = "name".equals(json.currentName());
                json.nextToken();
                if (isName && json.currentToken() == JsonToken.VALUE_STRING) {
                    name = json.getText();
                } else {
                    json.skipChildren();
                }
            }
            return name;
        }
    }
}
