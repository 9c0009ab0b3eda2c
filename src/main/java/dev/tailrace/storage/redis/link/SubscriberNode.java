package dev.tailrace.storage.redis.link;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives one master's messages. Never paused, or Redis would close the connection when its output buffer is full. All
 * state is touched on the subscriber's event loop.
 *
 * <p>Only commands of the subscribe family are sent here, which the client sends without waiting for an answer: a
 * message that arrives while another command waits takes that command's place, and each later answer goes to the wrong
 * one. Therefore states are read on another connection, and the ping is one more subscription to the same channel.
 */
public final class SubscriberNode implements ReconnectingConnection.Owner {

    private static final Logger log = LoggerFactory.getLogger(SubscriberNode.class);

    private static final String ALIVE = "tailrace:alive";
    private static final long TICK_MILLIS = 250;
    private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Vertx vertx;
    private final ReconnectingConnection connection;
    private final Listener listener;

    private final LoopTime time = new LoopTime(TICK_MILLIS);

    /**
     * Commands that are not answered yet, as many as there are subscriptions that begin or end. Redis answers them in
     * order, so it is known whether an answer belongs to a channel's latest command, or to an earlier one that is
     * ignored.
     */
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();

    private long lastNumber;
    private long heardAt; // loop time when something came, or when a command was sent while none was unanswered
    private long pingedAt; // loop time
    private long tickTimer = -1;

    private record Sent(Command command, String channel, long number) {}

    /** Receives the events of this connection. */
    public interface Listener {
        void opened(SubscriberNode node);

        void lost(SubscriberNode node, String reason);

        /** @param number what {@link SubscriberNode#subscribe} returned */
        void subscribed(SubscriberNode node, String channel, long number);

        /** Redis ended a subscription on its own, because the slot of the channel has moved. */
        void channelMoved(SubscriberNode node, String channel);

        void announced(SubscriberNode node, String channel, byte[] message);

        /** @param number what {@link SubscriberNode#subscribe} returned */
        void refused(SubscriberNode node, String channel, long number, String error);
    }

    public SubscriberNode(RedisClient client, RedisAddress address, Listener listener) {
        this.vertx = client.vertx();
        this.listener = listener;
        this.connection = new ReconnectingConnection(client, address, this);
    }

    public Future<Void> start() {
        return connection.start();
    }

    public RedisAddress address() {
        return connection.address();
    }

    public boolean isConnected() {
        return connection.session() != null;
    }

    /** @return a number that no other command on this connection has */
    public long subscribe(String channel) {
        return send(Command.SSUBSCRIBE, channel);
    }

    public void unsubscribe(String channel) {
        send(Command.SUNSUBSCRIBE, channel);
    }

    private long send(Command command, String channel) {
        long number = ++lastNumber;
        RedisSession session = connection.session();
        if (session != null) {
            if (sent.isEmpty()) {
                heardAt = time.nanos();
            }
            sent.addLast(new Sent(command, channel, number));
            // This future only reports that the command was sent; answers are pushed. A failure ends the connection
            // too.
            session.connection().send(Request.cmd(command, channel)).onFailure(cause -> {
                if (session == connection.session()) {
                    connection.lose(String.valueOf(cause.getMessage()));
                }
            });
        }
        return number;
    }

    @Override
    public void opened(RedisSession session) {
        time.tick();
        heardAt = time.nanos();
        pingedAt = heardAt;
        tickTimer = vertx.setPeriodic(TICK_MILLIS, timer -> tick());
        listener.opened(this);
    }

    private void tick() {
        time.tick();
        if (!sent.isEmpty() && time.nanos() - heardAt > SILENCE_NANOS) {
            connection.lose("no message for " + TimeUnit.NANOSECONDS.toSeconds(SILENCE_NANOS) + " s");
        } else if (time.nanos() - pingedAt > PING_NANOS) {
            pingedAt = time.nanos();
            send(Command.SUBSCRIBE, ALIVE);
        }
    }

    @Override
    public void lost(String reason) {
        vertx.cancelTimer(tickTimer);
        sent.clear();
        listener.lost(this, reason);
    }

    @Override
    public void pushed(Response message) {
        try {
            hear(message);
        } catch (RuntimeException thrown) {
            // Out of step with what was announced: all subscriptions begin again, with what the rings hold.
            log.error("Cannot handle a message of Redis at {}", address(), thrown);
            connection.lose("a message could not be handled");
        }
    }

    private void hear(Response message) {
        heardAt = time.nanos();
        if (message.type() == ResponseType.ERROR) {
            onError(message.toString());
            return;
        }
        switch (message.get(0).toString(StandardCharsets.US_ASCII)) {
            case "smessage" ->
                listener.announced(this, channel(message), message.get(2).toBytes());
            case "ssubscribe" -> onAnswer(Command.SSUBSCRIBE, message);
            case "sunsubscribe" -> onUnsubscribed(message);
            case "subscribe" -> onAnswer(Command.SUBSCRIBE, message);
            default -> {} // nothing else was requested
        }
    }

    private void onError(String error) {
        Sent refused = sent.poll();
        if (refused != null && refused.command == Command.SSUBSCRIBE) {
            listener.refused(this, refused.channel, refused.number, error);
        }
    }

    private void onUnsubscribed(Response message) {
        if (isAnswer(Command.SUNSUBSCRIBE, message)) {
            sent.remove();
        } else {
            listener.channelMoved(this, channel(message));
        }
    }

    private void onAnswer(Command command, Response message) {
        if (!isAnswer(command, message)) {
            // For example a channel that Redis unsubscribed at the moment when it was given up. Nothing after it can be
            // relied on.
            connection.lose("a response to an unexpected command");
            return;
        }
        Sent answered = sent.remove();
        if (command == Command.SSUBSCRIBE) {
            listener.subscribed(this, channel(message), answered.number);
        }
    }

    private boolean isAnswer(Command command, Response message) {
        Sent next = sent.peek();
        return next != null
                && next.command == command
                && next.channel.equals(message.get(1).toString(StandardCharsets.US_ASCII));
    }

    private static String channel(Response message) {
        return message.get(1).toString(StandardCharsets.US_ASCII);
    }

    public void close() {
        connection.close();
    }
}
