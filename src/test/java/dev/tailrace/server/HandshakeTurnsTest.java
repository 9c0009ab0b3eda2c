package dev.tailrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.metrics.Meters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.ImmediateEventExecutor;
import org.junit.jupiter.api.Test;

/** Whose hello TLS gets, and when. */
final class HandshakeTurnsTest {

    private static final byte[] HELLO = {22, 3, 1, 0, 2, 'h', 'i'};

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final HandshakeTurns turns = new HandshakeTurns(1, new Meters(registry));

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
        return registry.get("tailrace.handshakes.waiting").gauge().value();
    }

    private double refused() {
        return registry.get("tailrace.refused")
                .tag("limit", "handshakes-per-address")
                .counter()
                .count();
    }

    @Test
    void secondOfOneNetwork_waitsForTheAnswerToTheFirst_andOneOfAnotherDoesNot() {
        EmbeddedChannel first = connection("a");
        EmbeddedChannel second = connection("a");
        EmbeddedChannel other = connection("b");
        sayHello(first);
        sayHello(second);
        sayHello(other);
        assertThat(hasTurn(first)).isTrue();
        assertThat(hasTurn(other)).isTrue();
        assertThat(hasTurn(second)).isFalse();
        assertThat(second.config().isAutoRead()).isFalse();
        assertThat(waiting()).isOne();
        answer(first);
        assertThat(hasTurn(second)).isTrue();
        assertThat(second.config().isAutoRead()).isTrue();
        assertThat(waiting()).isZero();
        assertThat(first.pipeline().first()).as("it is out of the way").isNull();
    }

    @Test
    void clientThatGoes_givesItsTurnBack() {
        EmbeddedChannel first = connection("a");
        EmbeddedChannel second = connection("a");
        sayHello(first);
        sayHello(second);
        var unused = first.close();
        assertThat(hasTurn(second)).isTrue();
        assertThat(refused()).isZero();
    }

    @Test
    void clientThatGoesWhileItWaits_isCounted_andPassedOver() {
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

    @Test
    void halfAHello_takesNoTurn_andIsPassedOnWhole() {
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
    void whatIsNoHello_isForTlsToRefuse() {
        EmbeddedChannel plain = connection("a");
        plain.writeInbound(Unpooled.copiedBuffer(new byte[] {'G'}));
        plain.runPendingTasks();
        ByteBuf passed = plain.readInbound();
        assertThat(passed.readableBytes()).isOne();
        passed.release();
    }
}
