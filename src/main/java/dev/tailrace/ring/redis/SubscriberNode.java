package dev.tailrace.ring.redis;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears one master's messages. Never paused, or Redis would end it when its output buffer is full. All state is touched
 * on the subscriber's event loop.
 *
 * <p>Only commands of the subscribe family are sent here, which the client lets go without waiting for an answer: a message
 * that arrives while another command waits takes that command's place, and each later answer goes to the wrong one.
 * Therefore states are read on another connection, and the sign of life is to subscribe once more to the same channel.
 */
final class SubscriberNode implements KeptConnection.Owner {

    private static final Logger log = LoggerFactory.getLogger(SubscriberNode.class);

    private static final String ALIVE = "tailrace:alive";
    private static final long PING_MILLIS = 1000;
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Vertx vertx;
    private final KeptConnection connection;
    private final Listener listener;

    private long lastHeard;
    private long pingTimer = -1;

    /** Who is told what this connection hears. */
    interface Listener {
        void opened(SubscriberNode node);

        void lost(SubscriberNode node, String reason);

        void subscribed(SubscriberNode node, DeviceId device);

        /** Also told of channels that Redis took away because their slot has moved. */
        void unsubscribed(SubscriberNode node, DeviceId device);

        void announced(SubscriberNode node, DeviceId device, byte[] message);

        /** A subscription was refused; which one is not told. */
        void refused(SubscriberNode node, String error);
    }

    SubscriberNode(
            Vertx vertx, RedisConnector connector, RedisAddress address, Reachability reachability, Listener listener) {
        this.vertx = vertx;
        this.listener = listener;
        this.connection = new KeptConnection(vertx, connector, address, reachability, this);
    }

    Future<Void> start() {
        return connection.start();
    }

    RedisAddress address() {
        return connection.address();
    }

    boolean isConnected() {
        return connection.session() != null;
    }

    void subscribe(DeviceId device) {
        send(Command.SSUBSCRIBE, DeviceKeys.live(device));
    }

    void unsubscribe(DeviceId device) {
        send(Command.SUNSUBSCRIBE, DeviceKeys.live(device));
    }

    private void send(Command command, String channel) {
        RedisSession session = connection.session();
        if (session != null) {
            // Sent is all that this future tells; answers are pushed. A failure ends the connection too.
            session.connection().send(Request.cmd(command, channel)).onFailure(cause -> {
                if (session == connection.session()) {
                    connection.lose(String.valueOf(cause.getMessage()));
                }
            });
        }
    }

    @Override
    public void opened(RedisSession session) {
        lastHeard = System.nanoTime();
        pingTimer = vertx.setPeriodic(PING_MILLIS, timer -> ping());
        listener.opened(this);
    }

    private void ping() {
        if (System.nanoTime() - lastHeard > SILENCE_NANOS) {
            connection.lose("not a word for " + TimeUnit.NANOSECONDS.toSeconds(SILENCE_NANOS) + " s");
        } else {
            send(Command.SUBSCRIBE, ALIVE);
        }
    }

    @Override
    public void lost(String reason) {
        vertx.cancelTimer(pingTimer);
        listener.lost(this, reason);
    }

    @Override
    public void pushed(Response message) {
        try {
            hear(message);
        } catch (RuntimeException thrown) {
            // Out of step with what was announced; all that is watched begins again, with what the rings hold.
            log.error("A message of Redis at {} could not be heard", address(), thrown);
            connection.lose("a message could not be heard");
        }
    }

    private void hear(Response message) {
        lastHeard = System.nanoTime();
        if (message.type() == ResponseType.ERROR) {
            listener.refused(this, message.toString());
            return;
        }
        switch (message.get(0).toString(StandardCharsets.US_ASCII)) {
            case "smessage" ->
                listener.announced(this, device(message), message.get(2).toBytes());
            case "ssubscribe" -> listener.subscribed(this, device(message));
            case "sunsubscribe" -> listener.unsubscribed(this, device(message));
            default -> {} // the sign of life
        }
    }

    private static DeviceId device(Response message) {
        return DeviceKeys.ofLive(message.get(1).toString(StandardCharsets.US_ASCII));
    }

    void close() {
        connection.close();
    }
}
