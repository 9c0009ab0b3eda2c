package dev.tailrace.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One connection to the broker: an HTTP head, and then the protocol that the head agreed on. */
abstract class Peer {

    private static final byte[] NOTHING = {};
    private static final int MAX_HEAD = 16 * 1024;
    private static final String HEAD_END = "\r\n\r\n";

    final Wire wire;
    private final Link link;
    private final SelectionKey key;
    private final int status; // the expected status
    private boolean headRead;
    private byte[] rest = NOTHING; // unfinished bytes, as far as restLength
    private int restLength;
    private @Nullable ByteBuffer unsent; // bytes that the socket did not accept
    private @Nullable String failure;

    Peer(Wire wire, Link link, int status, String request) throws IOException {
        this.wire = wire;
        this.status = status;
        this.link = link;
        this.key = wire.register(link, this);
        request(request);
    }

    /** Sends a request; the next bytes are the head of its answer. */
    final void request(String request) throws IOException {
        headRead = false;
        write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    }

    /** Whether the broker has accepted the connection, so that the load may begin. */
    abstract boolean isOpen();

    /** The broker has accepted the connection, with this head. */
    void head(String head) {}

    /** Reads what follows the head. */
    abstract void receive(byte[] bytes, int from, int to) throws IOException;

    /** The socket has accepted all bytes that were written to it. */
    void drained() {}

    /** The connection ended unexpectedly. */
    abstract void gone();

    /** Why the connection ended, or null. */
    final @Nullable String failure() {
        return failure;
    }

    final boolean isFull() {
        return unsent != null;
    }

    // ---- reading

    final void serve() {
        try {
            if (key.isValid() && key.isWritable()) {
                writeUnsent();
            }
            if (key.isValid() && key.isReadable()) {
                read(Wire.BUFFER);
            }
        } catch (IOException cause) {
            fail(String.valueOf(cause.getMessage()));
        }
    }

    /** Reads at most this number of bytes, from a connection that is not read automatically. */
    final void readALittle(int bytes) {
        try {
            if (key.isValid()) {
                read(bytes);
            }
        } catch (IOException cause) {
            fail(String.valueOf(cause.getMessage()));
        }
    }

    private void read(int limit) throws IOException {
        int length = wire.read(link, limit);
        if (length < 0) {
            fail("the broker closed the connection");
        } else if (length == 0) {
            return; // part of a TLS record
        } else if (headRead) {
            receive(wire.received, 0, length);
        } else {
            readHead(length);
        }
    }

    private void readHead(int length) throws IOException {
        int before = restLength;
        keep(wire.received, 0, length, before);
        String text = new String(rest, 0, restLength, StandardCharsets.ISO_8859_1);
        int end = text.indexOf(HEAD_END);
        if (end < 0 && restLength < MAX_HEAD) {
            return;
        }
        if (end < 0 || !text.startsWith("HTTP/1.1 " + status)) {
            throw new IOException(
                    "the broker answered " + text.lines().findFirst().orElse("nothing"));
        }
        headRead = true;
        restLength = 0;
        head(text.substring(0, end));
        receive(wire.received, end + HEAD_END.length() - before, length);
    }

    /** Copies the incomplete bytes into {@code out} and returns their number. */
    final int takeRest(byte[] out) throws IOException {
        if (restLength > out.length - Wire.BUFFER) {
            throw new IOException("unterminated event");
        }
        System.arraycopy(rest, 0, out, 0, restLength);
        return restLength;
    }

    /** Keeps {@code bytes[from, to)} for the next read. */
    final void keepRest(byte[] bytes, int from, int to) {
        keep(bytes, from, to - from, 0);
    }

    private void keep(byte[] bytes, int from, int length, int at) {
        if (rest.length < at + length) {
            rest = Arrays.copyOf(rest, (at + length) * 2);
        }
        System.arraycopy(bytes, from, rest, at, length);
        restLength = at + length;
    }

    final void stopReading() {
        key.interestOps(0);
    }

    // ---- writing

    final void write(ByteBuffer bytes) throws IOException {
        ByteBuffer before = unsent;
        if (before == null) {
            link.write(bytes);
        }
        if (!bytes.hasRemaining() && link.isFlushed()) {
            return;
        }
        int held = before == null ? 0 : before.remaining();
        ByteBuffer all = ByteBuffer.allocate(held + bytes.remaining());
        if (before != null) {
            all.put(before);
        }
        unsent = all.put(bytes).flip();
        key.interestOpsOr(SelectionKey.OP_WRITE);
    }

    private void writeUnsent() throws IOException {
        ByteBuffer bytes = unsent;
        if (bytes == null) {
            return;
        }
        link.write(bytes);
        if (!bytes.hasRemaining() && link.isFlushed()) {
            unsent = null;
            key.interestOpsAnd(~SelectionKey.OP_WRITE);
            drained();
        }
    }

    // ---- the end

    final void fail(String reason) {
        if (failure != null) {
            return;
        }
        failure = reason;
        leave();
        gone();
    }

    /** Ends the connection. */
    final void leave() {
        key.cancel();
        try {
            link.channel().close();
        } catch (IOException ignored) {
            // it is closed either way
        }
    }
}
