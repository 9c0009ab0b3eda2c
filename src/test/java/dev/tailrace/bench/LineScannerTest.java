package dev.tailrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class LineScannerTest {

    private final List<Long> lines = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();
    private int foreign;
    private final LineScanner scanner = new LineScanner(40, new RecordedEvents() {
        @Override
        public void entry(long offset, long line, long sentNanos) {
            lines.add(line);
            times.add(sentNanos);
        }

        @Override
        public void foreign(long offset) {
            foreign++;
        }
    });

    private static String line(long number, long nanos) {
        return String.format(
                "data: {\"seq\":%1$d,\"message\":\"%2$013d %1$d %3$s\"}\n",
                LineFormat.FIRST + number, nanos, "x".repeat(40 - LineFormat.MIN_BYTES));
    }

    private int scan(String stream) {
        byte[] bytes = stream.getBytes(StandardCharsets.US_ASCII);
        return scanner.scan(bytes, 0, bytes.length);
    }

    @Test
    void messageOfSeveralLines_isAllOfThem() {
        String stream =
                ": hi\n\nid: 1795374061:0\n" + line(1, 5) + line(2, 5) + "\nid: 1795374061:1\n" + line(3, 6) + "\n";

        assertThat(scan(stream)).isEqualTo(stream.length());
        assertThat(lines).containsExactly(1L, 2L, 3L);
        assertThat(times).containsExactly(5L, 5L, 6L);
        assertThat(foreign).isZero();
    }

    @Test
    void cutAnywhere_isReadAsOne() {
        String stream = "id: 1795374061:0\n" + line(1, 5) + line(2, 5) + "\n";
        for (int cut = 0; cut < stream.length(); cut++) {
            lines.clear();
            int read = scan(stream.substring(0, cut));
            scan(stream.substring(read));
            assertThat(lines).as("cut at %d", cut).containsExactly(1L, 2L);
        }
        assertThat(foreign).isZero();
    }

    @Test
    void whatTheRunDidNotSend_isForeign() {
        scan("id: 1:0\ndata: hello\n\n");

        assertThat(foreign).isEqualTo(1);
    }
}
