package dev.tailrace.bench;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLParameters;

/** A connection within TLS. */
final class TlsLink implements Link {

    /** Less than {@link Wire#BUFFER}, so that the decrypted bytes of one read fit there. */
    private static final int IN = 64 * 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel channel;
    private final SSLEngine engine;
    private final ByteBuffer in = ByteBuffer.allocate(IN); // encrypted, to be filled
    private final ByteBuffer out; // encrypted, to be emptied

    private TlsLink(SocketChannel channel, SSLEngine engine) {
        this.channel = channel;
        this.engine = engine;
        this.out =
                ByteBuffer.allocate(engine.getSession().getPacketBufferSize()).flip();
    }

    /** Performs the handshake over a channel that is still blocking. */
    static TlsLink open(SocketChannel channel, SSLEngine engine) throws IOException {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        engine.setUseClientMode(true);
        var link = new TlsLink(channel, engine);
        link.shakeHands();
        return link;
    }

    private void shakeHands() throws IOException {
        engine.beginHandshake();
        ByteBuffer none = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> runTasks();
                case NEED_WRAP -> {
                    wrap(NOTHING);
                    channel.write(out);
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    in.flip();
                    SSLEngineResult.Status status = engine.unwrap(in, none).getStatus();
                    in.compact();
                    if (status == SSLEngineResult.Status.BUFFER_UNDERFLOW && channel.read(in) < 0) {
                        throw new EOFException("the broker ended the TLS handshake");
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    private void wrap(ByteBuffer plain) throws IOException {
        out.clear();
        engine.wrap(plain, out);
        out.flip();
    }

    @Override
    public SocketChannel channel() {
        return channel;
    }

    @Override
    public int read(ByteBuffer plain, int limit) throws IOException {
        plain.clear();
        int length = channel.read(in.limit(Math.min(in.capacity(), in.position() + limit)));
        in.limit(in.capacity()).flip();
        boolean ended = length < 0;
        while (in.hasRemaining()) {
            SSLEngineResult.Status status = engine.unwrap(in, plain).getStatus();
            runTasks();
            ended |= status == SSLEngineResult.Status.CLOSED;
            if (status != SSLEngineResult.Status.OK) {
                break;
            }
        }
        in.compact();
        return ended && plain.position() == 0 ? -1 : plain.position();
    }

    @Override
    public void write(ByteBuffer plain) throws IOException {
        channel.write(out);
        while (isFlushed() && plain.hasRemaining()) {
            wrap(plain);
            channel.write(out);
        }
    }

    @Override
    public boolean isFlushed() {
        return !out.hasRemaining();
    }
}
