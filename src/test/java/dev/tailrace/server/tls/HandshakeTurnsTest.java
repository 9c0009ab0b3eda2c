package dev.tailrace.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.metrics.Metrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.ImmediateEventExecutor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.Queue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When handshakes get their turn. */
@Tag("unit")
final class HandshakeTurnsTest {

    private static final byte[] HELLO = {22, 3, 1, 0, 2, 'h', 'i'};
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Queue<Runnable> computing = new ArrayDeque<>(); // used by some tests only
    private long clock;
    private final HandshakeTurns turns = new HandshakeTurns(1, PATIENCE, () -> clock, new Metrics(registry).refusals());

    private EmbeddedChannel connection(String network) {
        return new EmbeddedChannel(turns.turn(ImmediateEventExecutor.INSTANCE, network));
    }

    private static void send(EmbeddedChannel connection, int from, int to) {
        connection.writeInbound(Unpooled.copiedBuffer(HELLO, from, to - from));
        connection.runPendingTasks();
    }

    private static void sayHello(EmbeddedChannel connection) {
        send(connection, 0, HELLO.length);
    }

    private static boolean hasTurn(EmbeddedChannel connection) {
        connection.runPendingTasks();
        ByteBuf passed = connection.readInbound();
        if (passed == null) {
            return false;
        }
        assertThat(passed).isEqualTo(Unpooled.wrappedBuffer(HELLO));
        passed.release();
        return true;
    }

    private static void answer(EmbeddedChannel connection) {
        connection.writeOutbound(Unpooled.copiedBuffer(HELLO));
    }

    private double waiting() {
        return turns.waiting();
    }

    private double refused() {
        return registry.get("tailrace.refused")
                .tag("limit", "handshakes-per-address")
                .functionCounter()
                .count();
    }

    @Test
    void secondOfOneNetwork_waitsForTheFirst_andAnotherNetworkDoesNot() {
        EmbeddedChannel first = connection("a");
        EmbeddedChannel second = connection("a");
        EmbeddedChannel other = connection("b");
        sayHello(first);
        sayHello(second);
        sayHello(other);
        assertThat(hasTurn(first)).isTrue();
        assertThat(hasTurn(other)).isTrue();
        assertThat(hasTurn(second)).isFalse();
        assertThat(waiting()).isOne();
        answer(first);
        assertThat(hasTurn(second)).isTrue();
        assertThat(waiting()).isZero();
        assertThat(first.pipeline().first()).as("it is out of the way").isNull();
    }

    @Test
    void clientThatLeaves_releasesItsTurn() {
        EmbeddedChannel first = connection("a");
        EmbeddedChannel second = connection("a");
        sayHello(first);
        sayHello(second);
        var unused = first.close();
        assertThat(hasTurn(second)).isTrue();
        assertThat(refused()).isZero();
    }

    /** The computation of a client that has left cannot be cancelled, and others would wait for it. */
    @Test
    void clientThatLeavesBeforeItsAnswer_releasesItsTurn_afterItsComputation() {
        turns.areComputedBy(computing::add);
        EmbeddedChannel gone = connection("a");
        EmbeddedChannel second = connection("a");
        sayHello(gone);
        assertThat(hasTurn(gone)).isTrue();
        sayHello(second);
        var unused = gone.close();
        assertThat(hasTurn(second)).isFalse();
        computing.remove().run();
        assertThat(hasTurn(second)).isTrue();
        EmbeddedChannel third = connection("a");
        sayHello(third);
        answer(second);
        assertThat(hasTurn(third)).as("all was computed").isTrue();
        assertThat(computing).isEmpty();
    }

    /** Its handshake would be computed, and then cut off by the timeout. */
    @Test
    void turnThatComesTooLate_isSkipped_andTheNextOneBegins() {
        EmbeddedChannel first = connection("a");
        EmbeddedChannel late = connection("a");
        sayHello(first);
        sayHello(late);
        clock = PATIENCE.toNanos() / 2;
        EmbeddedChannel third = connection("a");
        sayHello(third);
        clock++;
        answer(first);
        assertThat(hasTurn(late)).isFalse();
        assertThat(late.isOpen()).isFalse();
        assertThat(refused()).isOne();
        assertThat(waiting()).isZero();
        assertThat(hasTurn(third)).isTrue();
        EmbeddedChannel fourth = connection("a");
        sayHello(fourth);
        assertThat(hasTurn(fourth)).isFalse();
        answer(third);
        assertThat(hasTurn(fourth)).isTrue();
    }

    @Test
    void turnWithoutAWait_begins_howeverLongTheHelloTook() {
        EmbeddedChannel slow = connection("a");
        clock = PATIENCE.toNanos();
        sayHello(slow);
        assertThat(hasTurn(slow)).isTrue();
    }

    @Test
    void clientThatLeavesWhileItWaits_isCounted_andSkipped() {
        EmbeddedChannel first = connection("a");
        EmbeddedChannel gone = connection("a");
        EmbeddedChannel third = connection("a");
        sayHello(first);
        sayHello(gone);
        sayHello(third);
        var unused = gone.close();
        assertThat(refused()).isOne();
        assertThat(waiting()).isOne();
        answer(first);
        assertThat(hasTurn(third)).isTrue();
    }

    /** A channel that does not read does not notice that its client has left, and would stay open until the timeout. */
    @Test
    void waitingClient_isRead_unlessItSendsMuch() {
        EmbeddedChannel first = connection("a");
        EmbeddedChannel second = connection("a");
        sayHello(first);
        sayHello(second);
        assertThat(second.config().isAutoRead()).isTrue();
        second.writeInbound(Unpooled.wrappedBuffer(new byte[1 << 15]));
        assertThat(second.config().isAutoRead()).isFalse();
        answer(first);
        second.runPendingTasks();
        assertThat(second.config().isAutoRead()).isTrue();
        ByteBuf passed = second.readInbound();
        assertThat(passed.readableBytes()).isEqualTo(HELLO.length + (1 << 15));
        passed.release();
    }

    @Test
    void halfAHello_takesNoTurn_andIsPassedOnComplete() {
        EmbeddedChannel slow = connection("a");
        EmbeddedChannel other = connection("a");
        for (int i = 0; i < HELLO.length - 1; i++) {
            send(slow, i, i + 1);
        }
        sayHello(other);
        assertThat(hasTurn(other)).isTrue();
        answer(other);
        send(slow, HELLO.length - 1, HELLO.length);
        assertThat(hasTurn(slow)).isTrue();
    }

    @Test
    void inputThatIsNoHello_isLeftToTls() {
        EmbeddedChannel plain = connection("a");
        plain.writeInbound(Unpooled.copiedBuffer(new byte[] {'G'}));
        plain.runPendingTasks();
        ByteBuf passed = plain.readInbound();
        assertThat(passed.readableBytes()).isOne();
        passed.release();
    }

    /** A HelloRetryRequest costs nothing; the handshake after it does. */
    @Test
    void helloRetry_takesAnotherTurn() {
        EmbeddedChannel first = connection("a");
        EmbeddedChannel second = connection("a");
        sayHello(first);
        sayHello(second);
        assertThat(hasTurn(first)).isTrue();
        askAgain(first);
        assertThat(hasTurn(second)).isTrue();
        first.writeInbound(Unpooled.wrappedBuffer(CHANGE_CIPHER_SPEC));
        assertThat(waiting()).as("this alone is no hello").isZero();
        sayHello(first);
        assertThat(waiting()).isOne();
        answer(second);
        first.runPendingTasks();
        ByteBuf passed = first.readInbound();
        assertThat(passed).isEqualTo(Unpooled.wrappedBuffer(CHANGE_CIPHER_SPEC, HELLO));
        passed.release();
        EmbeddedChannel third = connection("a");
        sayHello(third);
        assertThat(hasTurn(third)).isFalse();
        answer(first);
        assertThat(hasTurn(third)).isTrue();
        assertThat(first.pipeline().first()).as("it is out of the way").isNull();
    }

    private static final byte[] CHANGE_CIPHER_SPEC = {20, 3, 3, 0, 1, 1};

    private static void askAgain(EmbeddedChannel connection) {
        ByteBuf answer = Unpooled.buffer();
        answer.writeBytes(new byte[] {22, 3, 3, 0, 88, 2, 0, 0, 84, 3, 3});
        answer.writeBytes(HexFormat.of().parseHex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"));
        connection.writeOutbound(answer.writeZero(50), Unpooled.copiedBuffer(CHANGE_CIPHER_SPEC));
    }

    @Test
    void clientThatLeavesAfterAHelloRetry_releasesItsTurnOnce() {
        EmbeddedChannel gone = connection("a");
        EmbeddedChannel second = connection("a");
        EmbeddedChannel third = connection("a");
        sayHello(gone);
        assertThat(hasTurn(gone)).isTrue();
        askAgain(gone);
        sayHello(second);
        sayHello(third);
        assertThat(hasTurn(second)).isTrue();
        var unused = gone.close();
        assertThat(hasTurn(third)).isFalse();
    }

    /** It is held in one buffer that is not much larger. */
    @Test
    void longHelloInBytes_isHeldInOneBuffer() {
        int length = 1 << 14;
        EmbeddedChannel slow = connection("a");
        slow.writeInbound(Unpooled.copiedBuffer(new byte[] {22, 3, 1, (byte) (length >> 8), (byte) length}));
        for (int i = 0; i < length; i++) {
            slow.writeInbound(Unpooled.copiedBuffer(new byte[] {'x'}));
        }
        slow.runPendingTasks();
        ByteBuf passed = slow.readInbound();
        assertThat(passed.readableBytes()).isEqualTo(5 + length);
        assertThat(passed.capacity()).isLessThan(4 * length);
        assertThat(passed.nioBufferCount()).isOne();
        passed.release();
    }

    @Test
    void recordThatIsTooLong_isLeftToTls_atOnce() {
        EmbeddedChannel wrong = connection("a");
        wrong.writeInbound(Unpooled.copiedBuffer(new byte[] {22, 3, 1, 0x40, 1}));
        wrong.runPendingTasks();
        ByteBuf passed = wrong.readInbound();
        assertThat(passed.readableBytes()).isEqualTo(5);
        passed.release();
    }
}
