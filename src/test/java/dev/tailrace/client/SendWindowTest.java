package dev.tailrace.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class SendWindowTest {

    private final SendWindow window = new SendWindow(3, 1000);

    @Test
    void frame_hasTheLinesInOrder() throws InterruptedException {
        put(1, 2);
        assertThat(window.nextFrame()).extracting(NumberedLine::seq).containsExactly(1L, 2L);
        assertThat(window.nextFrame()).isEmpty();
    }

    @Test
    void frame_isBoundedInBytes() throws InterruptedException {
        SendWindow wide = new SendWindow(100, Long.MAX_VALUE);
        for (int seq = 1; seq <= 3; seq++) {
            wide.put(new NumberedLine(seq, new byte[SendWindow.FRAME_BYTES / 2 - 1], seq, seq));
        }
        assertThat(wide.nextFrame()).hasSize(2);
        assertThat(wide.nextFrame()).hasSize(1);
    }

    @Test
    void lineLargerThanAFrame_isAFrame() throws InterruptedException {
        SendWindow wide = new SendWindow(100, 10);
        wide.put(new NumberedLine(1, new byte[SendWindow.FRAME_BYTES * 2], 1, 1));
        assertThat(wide.nextFrame()).hasSize(1);
    }

    @Test
    void fullOfLines_letsTheInputWaitForAnAnswer() throws InterruptedException {
        long connection = window.startOver();
        put(1, 2, 3);
        var fourth = CompletableFuture.runAsync(() -> put(4));
        window.nextFrame();
        assertThat(fourth).isNotDone();
        window.acknowledged(connection, 1);
        assertThat(fourth).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void fullOfBytes_letsTheInputWait() throws InterruptedException {
        window.put(new NumberedLine(1, new byte[999], 1, 1));
        var second = CompletableFuture.runAsync(() -> put(2));
        Awaitility.await().during(Duration.ofMillis(50)).until(() -> !second.isDone());
        window.end();
        assertThat(second).succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void newConnection_startsOverAtTheFirstUnanswered() throws InterruptedException {
        long first = window.startOver();
        put(1, 2);
        window.nextFrame();
        window.acknowledged(first, 1);
        put(3);
        window.startOver();
        assertThat(window.nextFrame()).extracting(NumberedLine::seq).containsExactly(2L, 3L);
        assertThat(window.counts().sent()).isEqualTo(3);
        assertThat(window.counts().resent()).isEqualTo(1);
    }

    @Test
    void answersOfAnEarlierConnection_countNoMore() throws InterruptedException {
        long first = window.startOver();
        put(1, 2);
        window.nextFrame();
        window.startOver();
        window.nextFrame();
        window.acknowledged(first, 2);
        window.rejected(first, 1);
        assertThat(window.counts().unanswered()).isEqualTo(2);
        assertThat(window.counts().rejected()).isZero();
    }

    @Test
    void rejectedLine_isAnswered_andCountedFromTheConnectionsFirst() throws InterruptedException {
        long first = window.startOver();
        put(1, 2, 3);
        window.nextFrame();
        window.acknowledged(first, 1);
        long second = window.startOver();
        window.nextFrame();
        NumberedLine rejected = window.onItsWay(second, 1);
        window.rejected(second, 1);
        assertThat(rejected).extracting(NumberedLine::seq).isEqualTo(2L);
        window.startOver();
        assertThat(window.nextFrame()).extracting(NumberedLine::seq).containsExactly(3L);
    }

    @Test
    void settled_whenTheInputEndedAndAllIsAnswered() throws InterruptedException {
        long connection = window.startOver();
        put(1);
        window.nextFrame();
        window.acknowledged(connection, 1);
        assertThat(window.isSettled()).isFalse();
        window.end();
        assertThat(window.isSettled()).isTrue();
    }

    @Test
    void ended_takesNoMore() throws InterruptedException {
        window.end();
        assertThat(window.put(new NumberedLine(1, new byte[1], 1, 1))).isFalse();
    }

    @Test
    void changeBeforeTheWait_endsIt() throws InterruptedException {
        long seen = window.changes();
        window.touch();
        window.awaitChange(seen, Duration.ofDays(1)); // or the test's time is over
    }

    private void put(long... seqs) {
        try {
            for (long seq : seqs) {
                window.put(new NumberedLine(seq, new byte[10], seq, seq * 11));
            }
        } catch (InterruptedException unwanted) {
            throw new IllegalStateException(unwanted);
        }
    }
}
