package dev.tailrace.ingest.records;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What senders of OTLP and Loki send, and what is to become of it. A value beside the text costs at most itself, and a
 * document of which nothing is stored is refused.
 */
class SentRecordsTest {

    private static final String OTLP = "/v1/logs";
    private static final String LOKI = "/loki/api/v1/push";

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start();
    }

    @AfterAll
    static void stop() {
        assertThat(broker.unaccountedLines()).isZero();
        broker.close();
    }

    /** Rows with three columns; the last one may be missing. */
    private static Stream<List<String>> rows(String table) {
        return table.lines()
                .filter(row -> !row.isBlank())
                .map(row -> Arrays.stream(row.split(" \\| ")).map(String::trim).toList());
    }

    private HttpResponse<String> post(String path, String body) {
        return broker.request("POST", path, body.replace("DEV", device), "Content-Type", "application/json");
    }

    /** The fields of the only entry include these; null stands for a field that is absent. */
    private void expect(JsonObject fields) {
        List<JsonObject> entries = broker.history(device);
        assertThat(entries).hasSize(1);
        JsonObject entry = entries.get(0);
        JsonObject attributes = entry.getJsonObject("attributes", new JsonObject());
        fields.forEach(field -> {
            if (field.getKey().equals("attributes")) {
                ((JsonObject) field.getValue())
                        .forEach(one -> assertThat(attributes.getValue(one.getKey()))
                                .as(one.getKey())
                                .isEqualTo(one.getValue()));
            } else {
                assertThat(entry.getValue(field.getKey())).as(field.getKey()).isEqualTo(field.getValue());
            }
        });
        if (!fields.containsKey("timestamp")) {
            assertThat(entry.getLong("timestamp")).isCloseTo(entry.getLong("receivedAt"), within(60_000L));
        }
    }

    // ---- OTLP: records

    /** Fields of a record, and fields of the entry. Without a time in the second column it has the time of receipt. */
    private static final String OTLP_RECORDS = """
            "body":{"stringValue":"hey"} | {"message":"hey","level":null}
            "body":{"string_value":"hey"} | {"message":"hey"}
            "body":{"StringValue":"hey"} | {"message":"hey"}
            "body":{"Value":{"StringValue":"hey"}} | {"message":"{\\"Value\\":{\\"StringValue\\":\\"hey\\"}}"}
            "body":"hey" | {"message":"hey"}
            "body":17 | {"message":"17"}
            "body":true | {"message":"true"}
            "body":{"intValue":"17"} | {"message":"17"}
            "body":{"intValue":17} | {"message":"17"}
            "body":{"doubleValue":0.5} | {"message":"0.5"}
            "body":{"doubleValue":"NaN"} | {"message":"NaN"}
            "body":{"doubleValue":"-Infinity"} | {"message":"-Infinity"}
            "body":{"doubleValue":NaN} | {"message":"NaN"}
            "body":-INF,"attributes":[{"key":"f","value":NaN},{"key":"g","value":[-INF,1e999]}] | {"message":"-INF","attributes":{"f":"NaN"}}
            "body":1e999 | {"message":"1e999"}
            "body":{"boolValue":true} | {"message":"true"}
            "body":{"bytesValue":"aGV5"} | {"message":"hey"}
            "body":{"bytesValue":"_-8"} | {"message":"/+8="}
            "body":{"bytesValue":"/+8="} | {"message":"/+8="}
            "body":{"bytesValue":"no base64!"} | {"message":"no base64!"}
            "body":{"message":"hey","n":1} | {"message":"{\\"message\\":\\"hey\\",\\"n\\":1}"}
            "body":["hey",1,null] | {"message":"[\\"hey\\",1,null]"}
            "body":{"arrayValue":{"values":[{"stringValue":"hey"},{"intValue":"1"},{"doubleValue":null},{}]}} | {"message":"[\\"hey\\",1,null,null]"}
            "body":{"array_value":{"values":[{"string_value":"hey"}]}} | {"message":"[\\"hey\\"]"}
            "body":{"kvlistValue":{"values":[{"key":"a","value":{"kvlistValue":{"values":[{"key":"b","value":{"boolValue":false}}]}}}]}} | {"message":"{\\"a\\":{\\"b\\":false}}"}
            "body":{"kvlist_value":{"values":[{"key":"a","value":{"int_value":1}}]}} | {"message":"{\\"a\\":1}"}
            "body":{"stringValue":"hey","intValue":null} | {"message":"hey"}
            "body":{"intValue":null,"stringValue":"hey"} | {"message":"hey"}
            "body":null,"eventName":"hey" | {"message":"hey","attributes":{"event.name":"hey"}}
            "event_name":"hey" | {"message":"hey","attributes":{"event.name":"hey"}}
            "body":{"stringValue":"hey"},"attributes":null | {"message":"hey"}
            "body":{"stringValue":"hey"},"attributes":{} | {"message":"hey"}
            "body":{"stringValue":"hey"},"attributes":7 | {"message":"hey"}
            "body":{"stringValue":"hey"},"attributes":[null,7,"x",{"key":"f","value":{"intValue":1}}] | {"message":"hey","attributes":{"f":1}}
            "body":{"stringValue":"hey"},"attributes":{"f":"x","g":{"intValue":"7"},"h":1.5} | {"message":"hey","attributes":{"f":"x","g":7,"h":1.5}}
            "body":{"stringValue":"hey"},"attributes":{"key":"f","value":{"stringValue":"x"}} | {"message":"hey","attributes":{"f":"x"}}
            "body":{"stringValue":"hey"},"attributes":[{"Key":"f","Value":{"stringValue":"x"}}] | {"message":"hey","attributes":{"f":"x"}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":"x"},{"key":"g","value":7}] | {"message":"hey","attributes":{"f":"x","g":7}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"doubleValue":null}},{"key":"g"},{"key":"h","value":null}] | {"message":"hey","attributes":{"f":null,"g":null,"h":null}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"kvlistValue":null}},{"key":"g","value":{"arrayValue":null}}] | {"message":"hey","attributes":{"f":null,"g":null}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"arrayValue":{}}},{"key":"g","value":{"kvlistValue":{"values":null}}}] | {"message":"hey","attributes":{"f":[],"g":{}}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"arrayValue":["x"]}},{"key":"g","value":{"kvlistValue":{"a":1}}}] | {"message":"hey","attributes":{"f":["x"],"g":{"a":1}}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"intValue":"99999999999999999999"}}] | {"message":"hey","attributes":{"f":"99999999999999999999"}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"intValue":99999999999999999999}}] | {"message":"hey","attributes":{"f":"99999999999999999999"}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"intValue":7.0}},{"key":"g","value":{"intValue":"1e3"}},{"key":"h","value":{"intValue":7.5}}] | {"message":"hey","attributes":{"f":7,"g":1000,"h":"7.5"}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"intValue":1e999999999}},{"key":"g","value":{"intValue":"x"}},{"key":"h","value":{"intValue":true}}] | {"message":"hey","attributes":{"f":"1e999999999","g":"x","h":"true"}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"doubleValue":"0.5"}},{"key":"g","value":{"doubleValue":"x"}},{"key":"h","value":{"doubleValue":[1]}}] | {"message":"hey","attributes":{"f":0.5,"g":"x","h":[1]}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"boolValue":"true"}},{"key":"g","value":{"boolValue":1}},{"key":"h","value":{"bool_value":false}}] | {"message":"hey","attributes":{"f":true,"g":1,"h":false}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"stringValue":7}},{"key":"g","value":{"stringValue":{"a":1}}}] | {"message":"hey","attributes":{"f":"7","g":"{\\"a\\":1}"}}
            "body":{"stringValue":"hey"},"attributes":[{"key":"f","value":{"bytesValue":"_-8"}},{"key":"g","value":{"bytes_value":"/+8="}},{"key":"h","value":{"bytesValue":"%"}}] | {"message":"hey","attributes":{"f":"/+8=","g":"/+8=","h":"%"}}
            "body":{"stringValue":"hey"},"attributes":[{"key":7,"value":{"stringValue":"x"}}] | {"message":"hey","attributes":{"7":"x"}}
            "body":{"stringValue":"hey"},"severityNumber":17 | {"message":"hey","level":"error"}
            "body":{"stringValue":"hey"},"severityNumber":"17" | {"level":"error"}
            "body":{"stringValue":"hey"},"severityNumber":17.0 | {"level":"error"}
            "body":{"stringValue":"hey"},"severity_number":13 | {"level":"warn"}
            "body":{"stringValue":"hey"},"SeverityNumber":13 | {"level":"warn"}
            "body":{"stringValue":"hey"},"severityNumber":"SEVERITY_NUMBER_ERROR" | {"level":"error"}
            "body":{"stringValue":"hey"},"severityNumber":"SEVERITY_NUMBER_WARN3" | {"level":"warn"}
            "body":{"stringValue":"hey"},"severityNumber":"FATAL" | {"level":"critical"}
            "body":{"stringValue":"hey"},"severityNumber":"SEVERITY_NUMBER_UNSPECIFIED" | {"level":null}
            "body":{"stringValue":"hey"},"severityNumber":"SEVERITY_NUMBER_INFO","severityText":"" | {"level":"info","levelText":null}
            "body":{"stringValue":"hey"},"severityNumber":"loud" | {"level":null,"attributes":{"severityNumber":"loud"}}
            "body":{"stringValue":"hey"},"severityNumber":null,"severityText":null | {"level":null}
            "body":{"stringValue":"hey"},"severityNumber":99 | {"level":null}
            "body":{"stringValue":"hey"},"severityNumber":{"a":1} | {"message":"hey"}
            "body":{"stringValue":"hey"},"severityNumber":"SEVERITY_NUMBER_ERROR","severityText":"Error" | {"level":"error","levelText":null}
            "body":{"stringValue":"hey"},"severityNumber":14,"severityText":"WARN2" | {"level":"warn","levelText":"WARN2"}
            "body":{"stringValue":"hey"},"severityNumber":13,"severityText":"W" | {"level":"warn","levelText":"W"}
            "body":{"stringValue":"hey"},"severityNumber":13,"severityText":"Warning" | {"level":"warn","levelText":"Warning"}
            "body":{"stringValue":"hey"},"severityNumber":17,"severityText":"loud" | {"level":"error","levelText":"loud"}
            "body":{"stringValue":"hey"},"severityText":"LOUD" | {"level":"loud"}
            "body":{"stringValue":"hey"},"severity_text":"fatal" | {"level":"critical","levelText":"fatal"}
            "body":{"stringValue":"hey"},"severityText":7 | {"message":"hey"}
            "body":{"stringValue":"hey"},"severityNumber":9,"severityText":"a text that is much too long for a level" | {"level":"info","attributes":{"severity_text":"a text that is much too long for a level"}}
            "body":{"stringValue":"hey"},"timeUnixNano":"1764410400123000000" | {"timestamp":1764410400123}
            "body":{"stringValue":"hey"},"timeUnixNano":1764410400123000000 | {"timestamp":1764410400123}
            "body":{"stringValue":"hey"},"time_unix_nano":"1764410400123000000" | {"timestamp":1764410400123}
            "body":{"stringValue":"hey"},"TimeUnixNano":1764410400123000000 | {"timestamp":1764410400123}
            "body":{"stringValue":"hey"},"timeUnixNano":1.764410400123e18 | {"timestamp":1764410400123}
            "body":{"stringValue":"hey"},"timeUnixNano":1764410400123 | {"timestamp":1764410400123}
            "body":{"stringValue":"hey"},"timeUnixNano":"1764410400.123" | {"timestamp":1764410400123}
            "body":{"stringValue":"hey"},"timeUnixNano":"2024-01-22T11:24:20Z" | {"timestamp":1705922660000}
            "body":{"stringValue":"hey"},"timeUnixNano":"2024-01-22T12:24:20.5+01:00" | {"timestamp":1705922660500}
            "body":{"stringValue":"hey"},"timeUnixNano":{"seconds":1705922660,"nanos":500000000} | {"timestamp":1705922660500}
            "body":{"stringValue":"hey"},"timeUnixNano":{"seconds":"1705922660"} | {"timestamp":1705922660000}
            "body":{"stringValue":"hey"},"timeUnixNano":{"Seconds":"1705922660","Nanos":null} | {"timestamp":1705922660000}
            "body":{"stringValue":"hey"},"timeUnixNano":[2026,11,29,10,0,0] | {"timestamp":1795946400000}
            "body":{"stringValue":"hey"},"timeUnixNano":{"epochSecond":1705922660} | {"timestamp":1705922660000}
            "body":{"stringValue":"hey"},"timeUnixNano":[1705922660,500000000] | {"timestamp":1705922660500}
            "body":{"stringValue":"hey"},"timeUnixNano":null,"observedTimeUnixNano":"1705922660000000000" | {"timestamp":1705922660000}
            "body":{"stringValue":"hey"},"timeUnixNano":0,"observed_time_unix_nano":1705922660000000000 | {"timestamp":1705922660000}
            "body":{"stringValue":"hey"},"timeUnixNano":"","observedTimeUnixNano":"1705922660000000000" | {"timestamp":1705922660000}
            "body":{"stringValue":"hey"},"timeUnixNano":"soon","observedTimeUnixNano":"1705922660000000000" | {"timestamp":1705922660000,"attributes":{"timeUnixNano":"soon"}}
            "body":{"stringValue":"hey"},"timeUnixNano":-1 | {"message":"hey","attributes":{"timeUnixNano":"-1"}}
            "body":{"stringValue":"hey"},"timeUnixNano":"0" | {"message":"hey","attributes":{"timeUnixNano":null}}
            "body":{"stringValue":"hey"},"timeUnixNano":"yesterday" | {"message":"hey","attributes":{"timeUnixNano":"yesterday"}}
            "body":{"stringValue":"hey"},"timeUnixNano":"99999999999999999999999999" | {"message":"hey","attributes":{"timeUnixNano":"99999999999999999999999999"}}
            "body":{"stringValue":"hey"},"timeUnixNano":true | {"message":"hey","attributes":{"timeUnixNano":"true"}}
            "body":{"stringValue":"hey"},"timeUnixNano":{"at":5} | {"message":"hey","attributes":{"timeUnixNano":"{\\"at\\":5}"}}
            "body":{"stringValue":"hey"},"observedTimeUnixNano":"later" | {"message":"hey","attributes":{"observedTimeUnixNano":"later"}}
            "body":{"stringValue":"hey"},"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174" | {"attributes":{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174"}}
            "body":{"stringValue":"hey"},"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174" | {"attributes":{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174"}}
            "body":{"stringValue":"hey"},"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"7uGbfsPBsXQ=" | {"attributes":{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174"}}
            "body":{"stringValue":"hey"},"traceId":"W47_95gDgQPSabYzgT_GDA","spanId":"7uGbfsPBsXQ" | {"attributes":{"trace_id":"5b8efff798038103d269b633813fc60c","span_id":"eee19b7ec3c1b174"}}
            "body":{"stringValue":"hey"},"TraceID":"5b8efff798038103d269b633813fc60c" | {"attributes":{"trace_id":"5b8efff798038103d269b633813fc60c"}}
            "body":{"stringValue":"hey"},"traceId":null,"spanId":7 | {"attributes":{"trace_id":null,"span_id":"7"}}
            "body":{"stringValue":"hey"},"traceId":{"a":1} | {"message":"hey"}
            "body":{"stringValue":"hey"},"flags":1,"droppedAttributesCount":"x","new":{"deep":[{}]} | {"message":"hey"}
            """;

    static Stream<List<String>> otlpRecords() {
        return rows(OTLP_RECORDS);
    }

    @ParameterizedTest
    @MethodSource("otlpRecords")
    void otlpRecord_isStored_andCostsNothingButWhatCannotBeRead(List<String> row) {
        HttpResponse<String> answer = post(OTLP, """
                {"resourceLogs":[{"resource":{"attributes":[{"key":"device.id","value":{"stringValue":"DEV"}}]},
                  "scopeLogs":[{"logRecords":[{%s}]}]}]}""".formatted(row.get(0)));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{}");
        expect(new JsonObject(row.get(1)));
    }

    // ---- OTLP: documents

    private static final String RESOURCE =
            "\"resource\":{\"attributes\":[{\"key\":\"device.id\",\"value\":{\"stringValue\":\"DEV\"}}]}";
    private static final String RECORDS = "\"logRecords\":[{\"body\":{\"stringValue\":\"hey\"}}]";

    /** A document, the status, and the stored messages. RES and REC stand for a resource and for records. */
    private static final String OTLP_DOCUMENTS = """
            {"resourceLogs":[{RES,"scopeLogs":[{REC}]}]} | 200 | hey
            {"resource_logs":[{RES,"scope_logs":[{"log_records":[{"body":{"string_value":"hey"}}]}]}]} | 200 | hey
            {"resourceLogs":[{RES,"scope_logs":[{"log_records":[{"body":{"string_value":"hey"}}]}]}]} | 200 | hey
            {"ResourceLogs":[{RES,"ScopeLogs":[{"LogRecords":[{"Body":{"StringValue":"hey"}}]}]}]} | 200 | hey
            {"resourceLogs":[{"resource":{"attributes":[{"key":"device.id","value":{"string_value":"DEV"}}]},"scopeLogs":[{REC}]}]} | 200 | hey
            {"resourceLogs":[{"resource":{"attributes":{"device.id":"DEV"}},"scopeLogs":[{REC}]}]} | 200 | hey
            {"resourceLogs":[{RES,"instrumentationLibraryLogs":[{"instrumentationLibrary":{"name":"x"},"logs":[{"body":{"stringValue":"hey"}}]}]}]} | 200 | hey
            {"resourceLogs":[{RES,"instrumentation_library_logs":[{"instrumentation_library":{"name":"x"},REC}]}]} | 200 | hey
            {"resourceLogs":{RES,"scopeLogs":[{REC}]}} | 200 | hey
            {"resourceLogs":[{RES,"scopeLogs":{REC}}]} | 200 | hey
            {"resourceLogs":[{RES,"scopeLogs":[{"logRecords":{"body":{"stringValue":"hey"}}}]}]} | 200 | hey
            {"resourceLogs":{"scopeLogs":{"logRecords":{"body":{"stringValue":"hey"}},"scope":{}},RES}} | 200 | hey
            {"resourceLogs":[{"scopeLogs":{REC,"scope":{"name":"s"}},"scopeLogs":[{REC}],RES}]} | 200 | hey,hey
            {RES,"scopeLogs":[{REC}]} | 200 | hey
            {"scopeLogs":[{REC}],RES} | 200 | hey
            {RES,"schemaUrl":"x","scope_logs":{REC}} | 200 | hey
            {RES,REC} | 200 | hey
            {"resourceLogs":[{RES,REC}]} | 200 | hey
            {"resourceLogs":[{RES,"scope":{"name":"s"},REC}]} | 200 | hey
            {"logRecords":[{"body":{"stringValue":"hey"},"attributes":[{"key":"device.id","value":{"stringValue":"DEV"}}]}]} | 200 | hey
            {"scope":{"attributes":[{"key":"device.id","value":{"stringValue":"DEV"}}]},REC} | 200 | hey
            {"scope":{"attributes":[{"key":"device.id","value":{"stringValue":"DEV"}}]},"instrumentationLibrary":null,REC} | 200 | hey
            {"instrumentationLibrary":null,"scope":{"attributes":[{"key":"device.id","value":{"stringValue":"DEV"}}]},REC} | 200 | hey
            {"resource":null,"logRecords":[{"body":{"stringValue":"hey"},"attributes":[{"key":"device.id","value":{"stringValue":"DEV"}}]}]} | 200 | hey
            {"instrumentationLibrary":null,REC,"scope":{"attributes":[{"key":"device.id","value":{"stringValue":"DEV"}}]}} | 200 | hey
            [{"resourceLogs":[{RES,"scopeLogs":[{REC}]}]},{RES,"scopeLogs":[{REC}]}] | 200 | hey,hey
            {"resourceLogs":[{RES,"scopeLogs":[{REC}]}]}{"resourceLogs":[{RES,"scopeLogs":[{REC}]}]} | 200 | hey,hey
            {"resourceLogs":[{RES,"scopeLogs":[{REC}]}]}\\n{"resourceLogs":[{RES,"scopeLogs":[{REC}]}]}\\n | 200 | hey,hey
            {"resourceLogs":[{RES,"scopeLogs":[{REC}]}]} {} | 200 | hey
            {"resourceLogs":[{RES,"scopeLogs":[{REC}]}]}{"resourceLogs":[{RES,"sco | 400 | not valid JSON
            {"resourceLogs":[{RES,"scopeLogs":[{REC}]}]}\\n{"resourceLogs":[{RES,"scopeLogs":[{REC}]} | 400 | not valid JSON
            {"resourceLogs":[{RES,"scopeLogs":[{REC}]}]} 7 | 400 | not a JSON object
            [{"resourceLogs":[{RES,"scopeLogs":[{REC}]}]},{"resourceLogs":[{RES | 400 | not valid JSON
            [{"resourceLogs":[{RES,"scopeLogs":[{REC}]}]},7] | 400 | not a JSON object
            {"resourceLogs":[null,{RES,"schemaUrl":null,"scopeLogs":[null,{"scope":null,REC}]}],"new":{}} | 200 | hey
            {"resourceLogs":[{"resource":null,"scopeLogs":[{REC}]},{RES,"scopeLogs":[{REC}]}]} | 200 | hey
            {} | 200
            [] | 200
            {"resourceLogs":[]} | 200
            {"resourceLogs":null} | 200
            {"resourceLogs":[],"new":1} | 200
            {"resourceLogs":[{RES}]} | 200
            {"resourceLogs":[{RES,"schemaUrl":"x","scopeLogs":[]}]} | 200
            {"resourceLogs":[{RES,"scopeLogs":[{"logRecords":[]}]}]} | 200
            {"logs":[{"message":"hey"}]} | 400 | none of its fields is known
            {"lines":[{"message":"hey"}]} | 400 | the field lines is unknown; expected is {"resourceLogs":[
            {"message":"hey"} | 400 | the field message is unknown
            {"resourceSpans":[{RES}]} | 400 | the field resourceSpans is unknown
            {"resourceLogs":[{RES,"records":[{"body":{"stringValue":"hey"}}]}]} | 400 | the field records is unknown
            {"resourceLogs":[{RES,"scopeLogs":[{"entries":[{"body":{"stringValue":"hey"}}]}]}]} | 400 | the field entries is unknown
            {"resourceLogs":"hey"} | 400 | resourceLogs must be an array
            {"resourceLogs":[7]} | 400 | an element of resourceLogs must be an object
            {"resourceLogs":[{RES,"scopeLogs":[{"logRecords":["hey"]}]}]} | 400 | a record must be an object
            {"resourceLogs":[{RES,"scopeLogs":[{"logRecords":"hey"}]}]} | 400 | logRecords must be an array
            {"resourceLogs":[{RES,"resourceLogs":[]}]} | 400 | resourceLogs is in the wrong place
            {"resourceLogs":[{RES,"scopeLogs":[{"logRecords":[null]}]}]} | 400 | a record must be an object
            "hey" | 400 | not a JSON object
            [["hey"]] | 400 | not a JSON object
            null | 400 | not a JSON object
            {"resourceLogs":[{"resource":{"attributes":[]},"scopeLogs":[{REC}]}]} | 400 | expected in device.id or host.name
            {"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"p"}}]},"scopeLogs":[{REC}]}]} | 400 | in the path: /api/v1/devices/{device}/v1/logs
            {"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod.name","value":{"stringValue":"p"}},{"key":"k8s.node.name","value":{"stringValue":"DEV"}}]},"scopeLogs":[{REC}]}]} | 200 | hey
            {"resourceLogs":[{"resource":{"attributes":[{"key":"host.id","value":{"stringValue":"DEV"}}]},"scopeLogs":[{REC}]}]} | 200 | hey
            {"resourceLogs":[{RES,"scopeLogs":[{"logRecords":[7,{"body":{"stringValue":"hey"}}]}]}]} | 200 | hey
            {"resourceLogs":[{RES,"scopeLogs":[{REC}]},7] | 400 | hey
            """;

    static Stream<List<String>> otlpDocuments() {
        return rows(OTLP_DOCUMENTS.replace("RES", RESOURCE).replace("REC", RECORDS));
    }

    @ParameterizedTest
    @MethodSource("otlpDocuments")
    void otlpDocument_isStored_orRefusedWithWhatIsExpected(List<String> row) {
        document(OTLP, row);
    }

    private void document(String path, List<String> row) {
        HttpResponse<String> answer = post(path, row.get(0).replace("\\n", "\n"));

        int status = Integer.parseInt(row.get(1));
        String rest = row.size() > 2 ? row.get(2) : "";
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        if (status == 400 && !rest.startsWith("hey")) {
            assertThat(answer.body().replace("\\\"", "\"")).contains(rest);
            rest = "";
        }
        List<String> expected = rest.isEmpty() ? List.of() : List.of(rest.split(","));
        assertThat(broker.messages(device)).isEqualTo(expected);
    }

    // ---- Loki: entries

    /** Labels besides the device, an element of the values, and fields of the entry. */
    private static final String LOKI_VALUES = """
            "a":"b" | ["1764410400123000000","hey"] | {"message":"hey","timestamp":1764410400123,"attributes":{"a":"b"}}
            "a":"b" | [1764410400123000000,"hey"] | {"timestamp":1764410400123}
            "a":"b" | ["1764410400.123","hey"] | {"timestamp":1764410400123}
            "a":"b" | [1764410400.123,"hey"] | {"timestamp":1764410400123}
            "a":"b" | ["1764410400","hey"] | {"timestamp":1764410400000}
            "a":"b" | [1764410400,"hey"] | {"timestamp":1764410400000}
            "a":"b" | ["1764410400123","hey"] | {"timestamp":1764410400123}
            "a":"b" | ["1764410400123000","hey"] | {"timestamp":1764410400123}
            "a":"b" | [1.764410400123e18,"hey"] | {"timestamp":1764410400123}
            "a":"b" | ["2021-01-22T01:38:13.725Z","hey"] | {"timestamp":1611279493725}
            "a":"b" | ["2021-01-22T02:38:13.725+01:00","hey"] | {"timestamp":1611279493725}
            "a":"b" | [{"seconds":1611279493,"nanos":725000000},"hey"] | {"timestamp":1611279493725}
            "a":"b" | [[2026,11,29,10,0,0],"hey"] | {"message":"hey","timestamp":1795946400000}
            "a":"b" | [{"$date":"2026-11-29T10:00:00Z"},"hey"] | {"timestamp":1795946400000}
            "a":"b" | [{"$date":{"$numberLong":"1795946400000"}},"hey"] | {"timestamp":1795946400000}
            "a":"b" | [{"epochSecond":1795946400,"nanoOfSecond":500000000},"hey"] | {"timestamp":1795946400500}
            "a":"b" | [{"Seconds":1795946400,"Nanos":500000000},"hey"] | {"timestamp":1795946400500}
            "a":"b" | [[2026,13,29,10,0,0],"hey"] | {"message":"hey","attributes":{"timestamp":"[2026,13,29,10,0,0]"}}
            "a":"b" | [{"seconds":0,"nanos":0},"hey"] | {"message":"hey","attributes":{"timestamp":null}}
            "a":"b" | [null,"hey"] | {"message":"hey","attributes":{"timestamp":null}}
            "a":"b" | ["","hey"] | {"message":"hey","attributes":{"timestamp":null}}
            "a":"b" | ["0","hey"] | {"message":"hey","attributes":{"timestamp":null}}
            "a":"b" | ["-5","hey"] | {"message":"hey","attributes":{"timestamp":"-5"}}
            "a":"b" | ["x","hey"] | {"message":"hey","attributes":{"timestamp":"x"}}
            "n":NaN | [-INF,"hey"] | {"message":"hey","attributes":{"timestamp":"-INF","n":"NaN"}}
            "a":"b" | [true,"hey"] | {"message":"hey","attributes":{"timestamp":"true"}}
            "a":"b" | ["1764410400123000000","hey",null] | {"message":"hey","timestamp":1764410400123}
            "a":"b" | ["1764410400123000000","hey",{}] | {"timestamp":1764410400123}
            "a":"b" | ["1764410400123000000","hey",{"b":true,"n":7,"d":0.50,"z":null,"l":["x"],"o":{"a":1}}] | {"timestamp":1764410400123,"attributes":{"b":"true","n":"7","d":"0.50","z":null,"l":"[\\"x\\"]","o":"{\\"a\\":1}"}}
            "a":"b" | ["1764410400123000000","hey",[{"name":"m","value":"x"},{"Name":"n","Value":7},"t"]] | {"timestamp":1764410400123,"attributes":{"m":"x","n":"7","metadata":"t"}}
            "a":"b" | ["1764410400123000000","hey","meta"] | {"timestamp":1764410400123,"attributes":{"metadata":"meta"}}
            "a":"b" | ["1764410400123000000","hey",{},"more",[7]] | {"timestamp":1764410400123}
            "a":"b" | ["1764410400123000000","hey",{"level":"WARNING"}] | {"timestamp":1764410400123,"level":"warn","levelText":"WARNING"}
            "a":"b" | ["1764410400123000000","hey",{"level":50}] | {"timestamp":1764410400123,"level":"error","levelText":"50"}
            "a":"b" | ["1764410400123000000",17] | {"message":"17","timestamp":1764410400123}
            "a":"b" | ["1764410400123000000",true] | {"message":"true","timestamp":1764410400123}
            "a":"b" | ["1764410400123000000",{"msg":"hey"}] | {"message":"{\\"msg\\":\\"hey\\"}","timestamp":1764410400123}
            "a":"b" | ["1764410400123000000",["hey"]] | {"message":"[\\"hey\\"]","timestamp":1764410400123}
            "a":"b" | {"ts":"2021-01-22T01:38:13.725Z","line":"hey"} | {"message":"hey","timestamp":1611279493725}
            "a":"b" | {"Timestamp":"2021-01-22T01:38:13.725Z","Line":"hey"} | {"message":"hey","timestamp":1611279493725}
            "a":"b" | {"timestamp":1611279493725,"message":"hey","structuredMetadata":[{"name":"m","value":"x"}]} | {"message":"hey","timestamp":1611279493725,"attributes":{"m":"x"}}
            "a":"b" | {"line":"hey","structured_metadata":{"m":"x"},"more":[1]} | {"message":"hey","attributes":{"m":"x","more":"[1]"}}
            "n":7,"t":true,"z":null,"d":1.50,"l":["x"],"o":{} | ["1764410400123000000","hey"] | {"timestamp":1764410400123,"attributes":{"n":"7","t":"true","z":null,"d":"1.50","l":"[\\"x\\"]","o":"{}"}}
            "app":7,"level":"Error" | ["1764410400123000000","hey"] | {"timestamp":1764410400123,"service":"7","level":"error"}
            "level":4 | ["1764410400123000000","hey"] | {"timestamp":1764410400123,"level":"warn","levelText":"4"}
            """;

    static Stream<List<String>> lokiValues() {
        return rows(LOKI_VALUES);
    }

    @ParameterizedTest
    @MethodSource("lokiValues")
    void lokiEntry_isStored_andCostsNothingButWhatCannotBeRead(List<String> row) {
        for (String items : List.of("values", "entries")) {
            HttpResponse<String> answer = post(
                    LOKI,
                    "{\"streams\":[{\"stream\":{\"device\":\"DEV\"," + row.get(0) + "},\"" + items + "\":[" + row.get(1)
                            + "]}]}");

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
            expect(new JsonObject(row.get(2)));
            broker.delete("/api/v1/devices/" + device + "/logs");
        }
    }

    // ---- Loki: documents

    private static final String LOKI_DOCUMENTS = """
            {"streams":[{"stream":{"device":"DEV"},"values":[["1764410400000000000","hey"]]}]} | 204 | hey
            {"streams":[{"values":[["1764410400000000000","hey"]],"stream":{"device":"DEV"}}]} | 204 | hey
            {"Streams":[{"Stream":{"device":"DEV"},"Values":[["1764410400000000000","hey"]]}]} | 204 | hey
            {"Streams":[{"Labels":"{device=\\"DEV\\"}","Entries":[{"Timestamp":"2021-01-22T01:38:13.725Z","Line":"hey"}],"Hash":7}]} | 204 | hey
            {"streams":[{"labels":"{device=\\"DEV\\",a=\\"b\\"}","entries":[{"ts":"2021-01-22T01:38:13.725Z","line":"hey"}]}]} | 204 | hey
            {"streams":[{"entries":[{"ts":"2021-01-22T01:38:13.725Z","line":"hey"}],"labels":"{device=\\"DEV\\"}"}]} | 204 | hey
            {"streams":[{"labels":{"device":"DEV"},"entries":[["1764410400000000000","hey"]]}]} | 204 | hey
            {"streams":[{"stream":"{device=\\"DEV\\"}","values":[["1764410400000000000","hey"]]}]} | 204 | hey
            {"stream":{"device":"DEV"},"values":[["1764410400000000000","hey"]]} | 204 | hey
            {"values":[["1764410400000000000","hey"]],"stream":{"device":"DEV"}} | 204 | hey
            [{"stream":{"device":"DEV"},"values":[["1764410400000000000","hey"]]}] | 204 | hey
            {"streams":{"stream":{"device":"DEV"},"values":[["1764410400000000000","hey"]]}} | 204 | hey
            {"streams":[{"stream":{"device":"DEV"},"values":{"ts":"1764410400000000000","line":"hey"}}]} | 204 | hey
            {"streams":[{"stream":{"device":"DEV"},"values":[["1","hey"]]}]}{"streams":[{"stream":{"device":"DEV"},"values":[["1","hey"]]}]} | 204 | hey,hey
            {"streams":[{"stream":{"device":"DEV"},"values":[["1","hey"],["x","hey"],["2","hey",{"b":[1]}]]}]} | 204 | hey,hey,hey
            {"streams":[{"stream":{"device":"DEV"},"values":[["1","hey"],["1"],7,[],{"ts":"1"}]}]} | 204 | hey
            {"streams":[{"stream":{"device":"DEV"},"values":[["1","hey"]]},{"stream":{"app":"x"},"values":[["1","lost"]]}]} | 204 | hey
            {"streams":[{"stream":null,"values":[["1","hey",{"device":"DEV"}]]}]} | 204 | hey
            {"streams":[{"stream":{"device":"DEV"},"values":[["1","hey"]]}]}{"streams":[{"stream":{"device":"DEV"},"val | 400 | not valid JSON
            {"streams":[{"stream":{"device":"DEV"},"values":[["1","a }{ \\"b"]]}]} | 204 | a }{ "b
            {"streams":[{"stream":{"device":"DEV"},"labels":null,"values":[["1","hey"]]}]} | 204 | hey
            {"streams":[{"labels":null,"stream":{"device":"DEV"},"values":[["1","hey"]]}]} | 204 | hey
            {"streams":[{"labels":null,"values":[["1","hey"]],"stream":{"device":"DEV"}}]} | 204 | hey
            {"streams":[{"stream":{"device":"DEV"},"values":[["1","hey"]]},{"stream":null,"values":[["1","lost"]]}]} | 204 | hey
            {"streams":[{"stream":"{broken","values":[["1","hey",{"device":"DEV"}]]}]} | 204 | hey
            {"streams":[{"stream":["x"],"values":[["1","hey",{"device":"DEV"}]]}]} | 204 | hey
            {} | 204
            [] | 204
            {"streams":[]} | 204
            {"streams":null} | 204
            {"streams":[{"stream":{"device":"DEV"},"values":[]}]} | 204
            {"stream":[{"device":"DEV"}],"lines":["hey"]} | 400 | the field lines is unknown; expected is {"streams":[
            {"labels":{"device":"DEV"},"line":"hey","ts":"1"} | 400 | the field line is unknown
            {"message":"hey"} | 400 | the field message is unknown
            {"resourceLogs":[]} | 400 | the field resourceLogs is unknown
            {"streams":[{"stream":{"device":"DEV"},"lines":[["1","hey"]]}]} | 400 | the field lines is unknown
            {"streams":"hey"} | 400 | streams must be an array
            {"streams":["hey"]} | 400 | an element of streams must be an object
            {"streams":[{"stream":{"device":"DEV"},"values":["1764410400000000000","hey"]}]} | 400 | a value must be ["<nanoseconds>", "<line>"]
            {"streams":[{"stream":{"device":"DEV"},"values":[["1",null]]}]} | 400 | 1 of 1 rejected, nothing is stored
            {"streams":[{"stream":{"app":"x"},"values":[["1","hey"]]}]} | 400 | expected in device or host
            {"streams":[{"stream":{},"values":[["1","hey"]]}]} | 400 | in the path: /api/v1/devices/{device}/loki/api/v1/push
            {"streams":[{"labels":"{broken","entries":[{"line":"hey"}]}]} | 400 | labels must have the form
            """;

    static Stream<List<String>> lokiDocuments() {
        return rows(LOKI_DOCUMENTS);
    }

    @ParameterizedTest
    @MethodSource("lokiDocuments")
    void lokiDocument_isStored_orRefusedWithWhatIsExpected(List<String> row) {
        document(LOKI, row);
    }

    // ---- the device of the path

    @ParameterizedTest
    @MethodSource("otlpDocuments")
    void otlpDocument_ofADeviceInThePath_isItsOwn(List<String> row) {
        HttpResponse<String> answer =
                post("/api/v1/devices/" + device + OTLP, row.get(0).replace("\\n", "\n"));
        boolean stored = !broker.messages(device).isEmpty();
        boolean wasOnlyWithoutDevice = row.size() > 2
                && (row.get(2).contains("device.id") || row.get(2).contains("in the path"));
        assertThat(stored).isEqualTo(row.size() > 2 && row.get(2).startsWith("hey") || wasOnlyWithoutDevice);
        assertThat(answer.statusCode())
                .isEqualTo(wasOnlyWithoutDevice ? 200 : Integer.parseInt(Objects.requireNonNull(row.get(1))));
    }
}
