package dev.tailrace.ingest.gelf;

import dev.tailrace.ingest.Account;
import dev.tailrace.ingest.DeviceNames;
import dev.tailrace.ingest.DeviceSinks;
import dev.tailrace.ingest.IngestServices;
import dev.tailrace.ingest.LineSink;
import dev.tailrace.ingest.Rejection;
import dev.tailrace.ingest.lines.Splitter;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import io.vertx.core.Future;
import io.vertx.core.datagram.DatagramPacket;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * GELF over UDP: a message, or several one after another, are one datagram or several chunks, compressed or not. Senders
 * cannot be paused, so messages that storage does not take in time are dropped and counted. A web page cannot write
 * here: what its browser sends in datagrams begins neither as JSON nor as a chunk, and it cannot choose bytes that
 * decompress to a message. A datagram that does not begin with an object is dropped as a whole.
 */
final class GelfDatagrams implements IngestServices.Connected, LineSink.Listener, Splitter.Lines {

    private static final Logger log = LoggerFactory.getLogger(GelfDatagrams.class);

    /** One account for all senders, because a sender can put any address into a datagram. */
    private static final Account ACCOUNT = new Account("gelf-datagrams", Account.WIDE);

    private static final long EXPIRY_MILLIS = 1000;

    private final IngestServices ingest;
    private final DatagramSocket socket;
    private final DeviceSinks sinks;
    private final GelfReader reader;
    private final GelfFraming framing;
    private final GelfChunks chunks;
    private final long timer;
    private @Nullable SocketAddress sender; // of the datagram that is read
    private boolean begun; // with an object

    private GelfDatagrams(IngestServices ingest, GelfMeters meters, DatagramSocket socket, ZoneId zone) {
        this.reader = new GelfReader(zone);
        this.framing = new GelfFraming(ingest.options().lineBytes(), ingest.room(ACCOUNT), this);
        this.ingest = ingest;
        this.socket = socket;
        this.sinks = new DeviceSinks(ingest, ACCOUNT, LineSink.OnUnavailable.RETRY, this);
        this.chunks = new GelfChunks(ingest.room(ACCOUNT), ingest.options().lineBytes(), meters::dropped);
        this.timer = ingest.vertx().setPeriodic(EXPIRY_MILLIS, id -> chunks.expire(System.nanoTime()));
    }

    static void serve(IngestServices ingest, GelfMeters meters, DatagramSocket socket, ZoneId zone) {
        var datagrams = new GelfDatagrams(ingest, meters, socket, zone);
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
        } else {
            sender = peer;
            begun = false;
            framing.end(bytes, 0, bytes.length);
        }
    }

    // ---- the messages of a datagram

    @Override
    public void line(byte[] bytes, int from, int to) {
        SocketAddress peer = sender;
        if (peer == null) {
            return; // the datagram does not begin with an object
        }
        begun = true;
        if (reader.read(bytes, from, to)) {
            DeviceId named = reader.device();
            store(named == null ? DeviceNames.ofAddress(peer) : named);
        } else {
            drop(Rejection.INVALID);
        }
    }

    @Override
    public void tooLong() {
        drop(Rejection.TOO_LONG);
    }

    @Override
    public void noRoom() {
        drop(Rejection.UNAVAILABLE);
    }

    @Override
    public void broken(String reason) {
        if (sender != null) {
            drop(Rejection.INVALID);
        }
        if (!begun) {
            sender = null;
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
                    framing.close();
                    return sinks.finish();
                })
                .otherwiseEmpty()
                .onComplete(done -> ingest.left(this));
    }
}
