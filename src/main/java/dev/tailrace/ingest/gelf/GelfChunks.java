package dev.tailrace.ingest.gelf;

import dev.tailrace.ingest.Room;
import dev.tailrace.ingest.gelf.GelfMeters.Chunk;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts GELF messages together that came in several datagrams, in any order. A message whose chunks do not all come
 * within 5 seconds is given up, and so is the oldest one when there are too many.
 */
final class GelfChunks {

    /** Messages that wait for chunks. */
    static final int MAX_MESSAGES = 1024;

    static final int MAX_CHUNKS = 128;

    /** How long all chunks of a message may take, as in Graylog. */
    static final long WAIT_NANOS = 5_000_000_000L;

    static final int HEADER_BYTES = 12;

    private static final int ID_BYTES = 8;
    private static final byte FIRST = 0x1E;
    private static final byte SECOND = 0x0F;

    /** Memory of a message besides its chunks, roughly. */
    private static final int OBJECT_BYTES = 1024;

    /** @param sender messages of two senders may have one id */
    private record Key(String sender, long id) {}

    private static final class Message {
        final byte[] @Nullable [] chunks;
        final long begun;
        int missing;
        int bytes;

        Message(int count, long now) {
            this.chunks = new byte[count][];
            this.missing = count;
            this.begun = now;
        }
    }

    private final Room room;
    private final int limit;
    private final Consumer<Chunk> useless;

    /** The oldest first. */
    private final Map<Key, Message> messages = new LinkedHashMap<>();

    /**
     * @param limit most bytes of a message, as they are sent
     * @param useless is called for each chunk or message that is dropped
     */
    GelfChunks(Room room, int limit, Consumer<Chunk> useless) {
        this.room = room;
        this.limit = limit;
        this.useless = useless;
    }

    static boolean isChunk(byte[] datagram) {
        return datagram.length >= 2 && datagram[0] == FIRST && datagram[1] == SECOND;
    }

    /**
     * Takes a chunk.
     *
     * @param now of a monotonic clock, in nanoseconds
     * @return the message that it completes, or null
     */
    byte @Nullable [] take(String sender, byte[] datagram, long now) {
        expire(now);
        if (datagram.length < HEADER_BYTES) {
            useless.accept(Chunk.INVALID);
            return null;
        }
        int number = datagram[2 + ID_BYTES] & 0xFF;
        int count = datagram[3 + ID_BYTES] & 0xFF;
        if (count == 0 || count > MAX_CHUNKS || number >= count) {
            useless.accept(Chunk.INVALID);
            return null;
        }
        Key key = new Key(sender, id(datagram));
        Message message = messages.get(key);
        if (message == null) {
            message = begin(key, count, now);
            if (message == null) {
                return null;
            }
        }
        if (message.chunks.length != count) {
            useless.accept(Chunk.INVALID);
            return null;
        }
        if (message.chunks[number] != null) {
            useless.accept(Chunk.DUPLICATE);
            return null;
        }
        int size = datagram.length - HEADER_BYTES;
        if (message.bytes + size > limit || !room.hold(size)) {
            giveUp(key, message);
            return null;
        }
        message.chunks[number] = Arrays.copyOfRange(datagram, HEADER_BYTES, datagram.length);
        message.bytes += size;
        return --message.missing == 0 ? end(key, message) : null;
    }

    private static long id(byte[] datagram) {
        long id = 0;
        for (int i = 2; i < 2 + ID_BYTES; i++) {
            id = id << 8 | datagram[i] & 0xFF;
        }
        return id;
    }

    private @Nullable Message begin(Key key, int count, long now) {
        if (messages.size() == MAX_MESSAGES) {
            Map.Entry<Key, Message> oldest = messages.entrySet().iterator().next();
            giveUp(oldest.getKey(), oldest.getValue());
        }
        if (!room.hold(OBJECT_BYTES)) {
            useless.accept(Chunk.INCOMPLETE);
            return null;
        }
        Message message = new Message(count, now);
        messages.put(key, message);
        return message;
    }

    private byte[] end(Key key, Message message) {
        byte[] whole = new byte[message.bytes];
        int at = 0;
        for (byte[] chunk : message.chunks) {
            if (chunk != null) {
                System.arraycopy(chunk, 0, whole, at, chunk.length);
                at += chunk.length;
            }
        }
        messages.remove(key);
        release(message);
        return whole;
    }

    private void giveUp(Key key, Message message) {
        messages.remove(key);
        release(message);
        useless.accept(Chunk.INCOMPLETE);
    }

    private void release(Message message) {
        room.release(message.bytes + OBJECT_BYTES);
    }

    /** Gives up the messages that have waited too long. */
    void expire(long now) {
        for (Iterator<Message> each = messages.values().iterator(); each.hasNext(); ) {
            Message message = each.next();
            if (now - message.begun < WAIT_NANOS) {
                return;
            }
            each.remove();
            release(message);
            useless.accept(Chunk.INCOMPLETE);
        }
    }

    /** Gives up all messages. */
    void close() {
        messages.values().forEach(message -> {
            release(message);
            useless.accept(Chunk.INCOMPLETE);
        });
        messages.clear();
    }
}
