package dev.tailrace.ingest.gelf;

import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.DeviceSinks;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.datagram.DatagramPacket;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * GELF over UDP: a message is one datagram or several chunks, compressed or not. Senders cannot be paused, so messages
 * that storage does not take in time are dropped and counted. A web page cannot write here: what its browser sends in
 * datagrams begins neither as JSON nor as a chunk, and it cannot choose bytes that decompress to a message.
 */
final class GelfDatagrams implements IngestServices.Connected, LineSink.Listener {

    private static final Logger log = LoggerFactory.getLogger(GelfDatagrams.class);

    /** One account for all senders, because a sender can put any address into a datagram. */
    private static final Account ACCOUNT = new Account("gelf-datagrams", Account.WIDE);

    private static final long EXPIRY_MILLIS = 1000;

    private final IngestServices ingest;
    private final DatagramSocket socket;
    private final DeviceSinks sinks;
    private final GelfReader reader = new GelfReader();
    private final GelfChunks chunks;
    private final long timer;

    private GelfDatagrams(IngestServices ingest, GelfMeters meters, DatagramSocket socket) {
        this.ingest = ingest;
        this.socket = socket;
        this.sinks = new DeviceSinks(ingest, ACCOUNT, LineSink.OnUnavailable.RETRY, this);
        this.chunks = new GelfChunks(ingest.room(ACCOUNT), ingest.options().lineBytes(), meters::dropped);
        this.timer = ingest.vertx().setPeriodic(EXPIRY_MILLIS, id -> chunks.expire(System.nanoTime()));
    }

    static void serve(IngestServices ingest, GelfMeters meters, DatagramSocket socket) {
        var datagrams = new GelfDatagrams(ingest, meters, socket);
        ingest.joined(datagrams);
        socket.exceptionHandler(cause -> log.debug("A datagram was not read: {}", cause.getMessage()));
        socket.handler(datagrams::onPacket);
    }

    private void onPacket(DatagramPacket packet) {
        byte[] bytes = packet.data().getBytes();
        SocketAddress peer = packet.sender();
        if (bytes.length == 0) {
            return;
        }
        if (!GelfChunks.isChunk(bytes)) {
            onMessage(bytes, peer);
            return;
        }
        byte[] whole = chunks.take(GelfReader.name(peer), bytes, System.nanoTime());
        if (whole != null) {
            onMessage(whole, peer);
        }
    }

    private void onMessage(byte[] payload, SocketAddress peer) {
        byte[] bytes;
        try {
            bytes = GelfPayload.decoded(payload, ingest.options().lineBytes());
        } catch (IOException broken) {
            drop(Rejection.INVALID);
            return;
        }
        if (bytes == null) {
            drop(Rejection.TOO_LONG);
        } else if (reader.read(bytes, 0, bytes.length)) {
            store(reader.device(peer));
        } else {
            drop(Rejection.INVALID);
        }
    }

    private void store(DeviceId device) {
        if (!sinks.hasRoomFor(device)) {
            drop(Rejection.UNAVAILABLE);
            return;
        }
        LineSink sink = sinks.of(device);
        sink.accept(reader.line(), Batch.NO_SEQ);
        sink.flushLater();
    }

    private void drop(Rejection reason) {
        ingest.meters().received(1);
        ingest.meters().rejected(reason, 1);
    }

    @Override
    public void rejected(long line, String reason) {
        // GELF has no response; the metrics count the line.
    }

    @Override
    public Future<Void> leave() {
        ingest.vertx().cancelTimer(timer);
        return socket.close()
                .eventually(() -> {
                    chunks.close();
                    return sinks.finish();
                })
                .otherwiseEmpty()
                .onComplete(done -> ingest.left(this));
    }
}
