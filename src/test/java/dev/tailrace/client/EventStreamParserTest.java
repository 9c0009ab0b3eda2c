package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** After the examples and the algorithm of the WHATWG HTML standard, section 9.2. */
@Tag("unit")
class EventStreamParserTest {

    private final List<String> received = new ArrayList<>();
    private final EventStreamParser parser = new EventStreamParser(new EventStreamParser.Listener() {
        @Override
        public void event(String type, String data) {
            received.add(type + "=" + data);
        }

        @Override
        public void place(String lastEventId) {
            received.add("@" + lastEventId);
        }

        @Override
        public void retry(long millis) {
            received.add("retry " + millis);
        }
    });

    @Test
    void event_withoutName_isAMessage() throws IOException {
        feed("data: hello\n\n");
        assertThat(received).containsExactly("message=hello");
    }

    @Test
    void event_withName_isNamedOnce() throws IOException {
        feed("event: gap\ndata: 1\n\ndata: 2\n\n");
        assertThat(received).containsExactly("gap=1", "message=2");
    }

    @Test
    void dataLines_ofOneEvent_areJoinedByNewlines() throws IOException {
        feed("data: YHOO\ndata: +2\ndata: 10\n\n");
        assertThat(received).containsExactly("message=YHOO\n+2\n10");
    }

    @Test
    void oneSpaceAfterTheColon_isRemoved_andNoMore() throws IOException {
        feed("data:test\n\ndata: test\n\ndata:  test\n\n");
        assertThat(received).containsExactly("message=test", "message=test", "message= test");
    }

    @Test
    void fieldWithoutColon_hasAnEmptyValue() throws IOException {
        feed("data\n\ndata\ndata\n\ndata:");
        assertThat(received).containsExactly("message=", "message=\n");
    }

    @Test
    void comment_isIgnored() throws IOException {
        feed(": heartbeat\n\n:\n\ndata: a\n:x\n\n");
        assertThat(received).containsExactly("message=a");
    }

    @Test
    void unknownField_isIgnored() throws IOException {
        feed("colour: red\nDATA: loud\ndata: a\n\n");
        assertThat(received).containsExactly("message=a");
    }

    @Test
    void lineEnds_ofEveryKind_endLines() throws IOException {
        feed("data: a\r\rdata: b\r\n\r\ndata: c\n\ndata: d\r\n\ndata: e\n\r\n");
        assertThat(received).containsExactly("message=a", "message=b", "message=c", "message=d", "message=e");
    }

    @Test
    void returnAndNewline_cutBetween_areOneLineEnd() throws IOException {
        feed("data: a\r");
        feed("\ndata: b\r");
        feed("\n\r");
        feed("\n");
        assertThat(received).containsExactly("message=a\nb");
    }

    @Test
    void bytes_cutAnywhere_meanTheSame() throws IOException {
        byte[] stream = "\uFEFFid: 1\r\ndata: größer 🚰\r\n\r\nevent: x\ndata: y\n\n".getBytes(StandardCharsets.UTF_8);
        for (byte b : stream) {
            parser.feed(new byte[] {b}, 0, 1);
        }
        assertThat(received).containsExactly("message=größer 🚰", "@1", "x=y");
    }

    @Test
    void byteOrderMark_atTheStart_isSkipped() throws IOException {
        feed("\uFEFFdata: a\n\n");
        feed("\uFEFFdata: b\n\n"); // a field of another name
        assertThat(received).containsExactly("message=a");
    }

    @Test
    void id_followsItsEvent() throws IOException {
        feed("id: k3f9-42\ndata: a\n\n");
        assertThat(received).containsExactly("message=a", "@k3f9-42");
    }

    @Test
    void id_withoutData_isAPlaceWithoutAnEvent() throws IOException {
        feed("id: k3f9-7\n\n");
        assertThat(received).containsExactly("@k3f9-7");
    }

    @Test
    void id_empty_clearsThePlace() throws IOException {
        feed("id: 1\ndata: a\n\nid\ndata: b\n\n");
        assertThat(received).containsExactly("message=a", "@1", "message=b", "@");
    }

    @Test
    void id_withNul_isIgnored() throws IOException {
        feed("id: 1\u00002\ndata: a\n\n");
        assertThat(received).containsExactly("message=a");
    }

    @Test
    void name_withoutData_isForgotten() throws IOException {
        feed("event: x\n\ndata: a\n\n");
        assertThat(received).containsExactly("message=a");
    }

    @Test
    void retry_ofDigits_isReported() throws IOException {
        feed("retry: 1500\n\nretry: 15x\n\nretry:\n\nretry: -1\n\nretry: 99999999999999999999\n\n");
        assertThat(received).containsExactly("retry 1500");
    }

    @Test
    void invalidUtf8_isReplaced() throws IOException {
        parser.feed(new byte[] {'d', 'a', 't', 'a', ':', (byte) 0xff, '\n', '\n'}, 0, 8);
        assertThat(received).containsExactly("message=\uFFFD");
    }

    @Test
    void incompleteEvent_isNotReported() throws IOException {
        feed("data: a\n\ndata: half\n");
        assertThat(received).containsExactly("message=a");
    }

    @Test
    void longestLine_isRead_andALongerOneRefused() throws IOException {
        String longest = "x".repeat(EventStreamParser.MAX_BYTES - 10);
        feed("data: " + longest + "\n\n");
        assertThat(received).containsExactly("message=" + longest);
        assertThatThrownBy(() -> feed("data: " + longest + "12345")).isInstanceOf(RefusedException.class);
    }

    @Test
    void eventOfEndlessLines_isRefused() {
        String line = "data: " + "x".repeat(100_000) + "\n";
        assertThatThrownBy(() -> feed(line.repeat(11))).isInstanceOf(RefusedException.class);
    }

    private void feed(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        parser.feed(bytes, 0, bytes.length);
    }
}
