package dev.tailrace.ingest.gelf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.config.Setting;
import dev.tailrace.testing.RunningBroker;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GELF over HTTP: what senders write, and what becomes of it. */
class GelfRoutesTest {

    private static RunningBroker broker;

    private final String device = RunningBroker.newDevice();

    @BeforeAll
    static void start() {
        broker = RunningBroker.start(Map.of(Setting.LINE_TIME_ZONE, "Europe/Berlin"));
    }

    @AfterAll
    static void stop() {
        assertThat(broker.unaccountedLines()).isZero();
        broker.close();
    }

    private static Arguments of(String name, String fields, String stored) {
        return Arguments.of(name, fields, stored);
    }

    /** In JSON with single quotes; H is the device. */
    static List<Arguments> message_becomesALine() {
        return List.of(
                of(
                        "the example of the specification",
                        "{'version':'1.1','host':'H','short_message':'A short message','full_message':'Backtrace here\\n\\nmore"
                                + " stuff','timestamp':1385053862.3072,'level':1,'_user_id':9001,'_some_info':'foo',"
                                + "'_some_env_var':'bar'}",
                        "{'timestamp':1385053862307,'message':'A short message\\nBacktrace here\\n\\nmore stuff','level':'alert',"
                                + "'levelText':'1','attributes':{'user_id':9001,'some_info':'foo','some_env_var':'bar'}}"),
                of(
                        "docker",
                        "{'version':'1.1','host':'H','short_message':'hey','timestamp':1763820000.123,'level':6,"
                                + "'_command':'nginx','_container_id':'abc','_container_name':'web','_image_name':'nginx:1',"
                                + "'_tag':'abc'}",
                        "{'timestamp':1763820000123,'message':'hey','service':'web','level':'info','levelText':'6',"
                                + "'attributes':{'command':'nginx','container_id':'abc','image_name':'nginx:1','tag':'abc'}}"),
                of(
                        "a full message that begins with the short one",
                        "{'host':'H','short_message':'boom','full_message':'boom\\n  at x','timestamp':1763820000}",
                        "{'timestamp':1763820000000,'message':'boom\\n  at x'}"),
                of(
                        "only a full message",
                        "{'host':'H','full_message':'hey','timestamp':1763820000}",
                        "{'timestamp':1763820000000,'message':'hey'}"),
                of(
                        "GELF 1.0, with facility, file and line",
                        "{'version':'1.0','host':'H','short_message':'hey','timestamp':1763820000,'facility':'gelf-rb','file':'a.rb',"
                                + "'line':7}",
                        "{'timestamp':1763820000000,'message':'hey','service':'gelf-rb','attributes':{'file':'a.rb','line':7}}"),
                of(
                        "a time and a level as texts",
                        "{'host':'H','short_message':'hey','timestamp':'1763820000.5','level':'4'}",
                        "{'timestamp':1763820000500,'message':'hey','level':'warn','levelText':'4'}"),
                of(
                        "a time in milliseconds, a level as a word",
                        "{'host':'H','short_message':'hey','timestamp':1763820000123,'level':'Warning'}",
                        "{'timestamp':1763820000123,'message':'hey','level':'warn','levelText':'Warning'}"),
                of(
                        "a level that is none",
                        "{'host':'H','short_message':'hey','timestamp':1763820000,'level':99,'_a':null}",
                        "{'timestamp':1763820000000,'message':'hey','attributes':{'level':99}}"),
                of(
                        "a level that is an object",
                        "{'host':'H','short_message':'hey','timestamp':1763820000,'level':{'n':1}}",
                        "{'timestamp':1763820000000,'message':'hey','attributes':{'level':{'n':1}}}"),
                of(
                        "a message that is not text",
                        "{'host':'H','short_message':{'a':[1,true]},'timestamp':1763820000}",
                        "{'timestamp':1763820000000,'message':'{\\'a\\':[1,true]}'}"),
                of(
                        "values that GELF does not allow",
                        "{'host':'H','short_message':'hey','timestamp':1763820000,'_list':[1],'_yes':true,'_big':12345678901234567890,"
                                + "'_f':1.5}",
                        "{'timestamp':1763820000000,'message':'hey','attributes':{'list':[1],'yes':true,"
                                + "'big':12345678901234567890,'f':1.5}}"),
                of(
                        "values that are nested, or numbers as sent",
                        "{'host':'H','short_message':'hey','timestamp':1763820000,'_o':{'a':{'b':[1,'x',null]}},'_duration':1.50}",
                        "{'timestamp':1763820000000,'message':'hey','attributes':{'o':{'a':{'b':[1,'x',null]}},'duration':1.50}}"),
                of(
                        "a message under the name that Graylog reads too",
                        "{'host':'H','message':'hey','timestamp':1763820000}",
                        "{'timestamp':1763820000000,'message':'hey'}"),
                of(
                        "a message beside the short one",
                        "{'host':'H','message':'more','short_message':'hey','timestamp':1763820000}",
                        "{'timestamp':1763820000000,'message':'hey','attributes':{'message':'more'}}"),
                of(
                        "a level with a fraction",
                        "{'host':'H','short_message':'hey','timestamp':1763820000,'level':6.0}",
                        "{'timestamp':1763820000000,'message':'hey','level':'info','levelText':'6.0'}"),
                of(
                        "a level with a fraction that counts",
                        "{'host':'H','short_message':'hey','timestamp':1763820000,'level':6.5}",
                        "{'timestamp':1763820000000,'message':'hey','attributes':{'level':6.5}}"),
                of(
                        "a time without a zone",
                        "{'host':'H','short_message':'hey','timestamp':'2026-11-29 10:00:00'}",
                        "{'timestamp':1795942800000,'message':'hey'}"),
                of(
                        "a time in an object",
                        "{'host':'H','short_message':'hey','timestamp':{'$date':'2026-11-29T10:00:00Z'}}",
                        "{'timestamp':1795946400000,'message':'hey'}"),
                of(
                        "a container's name as a path",
                        "{'host':'H','short_message':'hey','timestamp':1763820000,'_container_name':'/web'}",
                        "{'timestamp':1763820000000,'message':'hey','service':'web'}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void message_becomesALine(String name, String fields, String expected) {
        assertThat(post(json(fields)).statusCode()).isEqualTo(202);

        JsonObject stored = broker.history(device).get(0);
        stored.remove("id");
        stored.remove("receivedAt");
        assertThat(stored).isEqualTo(new JsonObject(json(expected)));
    }

    private String json(String text) {
        return text.replace("\\'", "\\\"").replace('\'', '"').replace("\"H\"", '"' + device + '"');
    }

    @Test
    void timeThatCannotBeRead_isAnAttribute_andTheLineHasTheTimeOfReceipt() {
        post(json("{'host':'H','short_message':'hey','timestamp':'yesterday'}"));
        JsonObject stored = broker.history(device).get(0);
        assertThat(stored.getLong("timestamp")).isEqualTo(stored.getLong("receivedAt"));
        assertThat(stored.getJsonObject("attributes")).isEqualTo(new JsonObject("{\"timestamp\":\"yesterday\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-5", "0.0", "'0'", "null"})
    void timeThatIsNone_isTheTimeOfReceipt(String time) {
        post(json("{'host':'H','short_message':'hey','timestamp':" + time + "}"));
        JsonObject stored = broker.history(device).get(0);
        assertThat(stored.getLong("timestamp")).isEqualTo(stored.getLong("receivedAt"));
    }

    @Test
    void refusal_hasTheCounts() {
        HttpResponse<String> answer = post(json("{'host':'H'}{'host':'H'}"));
        JsonObject problem = new JsonObject(answer.body());
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(problem.getInteger("received")).isEqualTo(2);
        assertThat(problem.getInteger("rejected")).isEqualTo(2);
        assertThat(problem.getInteger("stored")).isZero();
        assertThat(problem.getJsonArray("errors")).hasSize(2);
    }

    @Test
    void hostThatIsNoDeviceId_isCleaned_andKept() {
        post(json("{'host':'H.local host/ü','short_message':'hey'}").replace("H.", device + "."));
        String id = device + ".local_host__";
        assertThat(broker.history(id).get(0).getJsonObject("attributes").getString("host"))
                .isEqualTo(device + ".local host/ü");
    }

    @ParameterizedTest
    @ValueSource(strings = {"M\nM\n", "MM", "[M,M]", "[\nM ,\n M\n]", " M \r\n\r\n M ", "\uFEFFM\nM"})
    void severalMessages_areAllStored(String body) {
        HttpResponse<String> answer = post(body.replace("M", json("{'host':'H','short_message':'hey'}")));
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(new JsonObject(answer.body()).getInteger("stored")).isEqualTo(2);
        assertThat(broker.messages(device)).containsExactly("hey", "hey");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'host':'H'}",
                "{'short_message':'hey'}",
                "{'host':{'a':1},'short_message':'hey'}",
                "{'host':true,'short_message':'hey'}",
                "{'host':['H'],'short_message':'hey'}",
                "{'host':'H','short_message':'  '}",
                "{'host':'H','short_message':null}",
                "{'host':'..','short_message':'hey'}",
                "{'host':'','short_message':'hey'}",
                "'hey'",
                "[1]",
                "nonsense",
                "{'host':'H','short_message':'hey'"
            })
    void bodyWithoutALine_isRefused_andSaysWhatIsExpected(String body) {
        HttpResponse<String> answer = post(json(body));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getString("detail")).containsAnyOf("short_message", "host", "JSON");
        assertThat(broker.get("/api/v1/devices/" + device + "/logs").statusCode())
                .isIn(200, 404);
    }

    @Test
    void badMessage_sparesItsNeighbours() {
        String good = json("{'host':'H','short_message':'hey'}");
        HttpResponse<String> answer = post(good + "{} 7 " + good);
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(new JsonObject(answer.body()).getInteger("rejected")).isEqualTo(2);
        assertThat(broker.messages(device)).containsExactly("hey", "hey");
    }

    @ParameterizedTest
    @ValueSource(strings = {"M{'host':'H','short_mess", "M\nM\n{", "[M,M", "[M,{'host':", "M M nonsense", "M\n  M\n {"})
    void bodyThatIsCutOff_isStoredInPart_never(String body) {
        HttpResponse<String> answer = post(json(body).replace("M", json("{'host':'H','short_message':'hey'}")));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new JsonObject(answer.body()).getInteger("received")).isZero();
        assertThat(broker.messages(device)).isEmpty();
    }

    @Test
    void emptyBody_isTaken() {
        assertThat(post("").statusCode()).isEqualTo(202);
    }

    @Test
    void invalidUtf8_isReplaced_alsoInNames() {
        byte[] body = json("{'host':'H','short_message':'right','short_mess\u00C1\u00A1ge':'wrong'}")
                .getBytes(StandardCharsets.ISO_8859_1);
        send(body, "application/json", "");
        assertThat(broker.messages(device)).containsExactly("right");
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/x-www-form-urlencoded", "text/plain", ""})
    void anyContentType_isRead(String type) throws IOException {
        byte[] body = json("{'host':'H','short_message':'hey'}").getBytes(StandardCharsets.UTF_8);
        var zipped = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(zipped)) {
            gzip.write(body);
        }
        assertThat(send(body, type, "").statusCode()).isEqualTo(202);
        assertThat(send(zipped.toByteArray(), type, "gzip").statusCode()).isEqualTo(202);
        assertThat(broker.messages(device)).containsExactly("hey", "hey");
    }

    private HttpResponse<String> post(String body) {
        return send(body.getBytes(StandardCharsets.UTF_8), "application/json", "");
    }

    private static HttpResponse<String> send(byte[] body, String type, String encoding) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(broker.uri("/gelf")).POST(BodyPublishers.ofByteArray(body));
        if (!type.isEmpty()) {
            request.header("Content-Type", type);
        }
        if (!encoding.isEmpty()) {
            request.header("Content-Encoding", encoding);
        }
        return broker.send(request.build());
    }
}
