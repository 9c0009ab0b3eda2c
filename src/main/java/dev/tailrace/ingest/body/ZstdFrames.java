package dev.tailrace.ingest.body;

/**
 * Follows the frames of Zstandard (RFC 8878) from header to header, to know the window that each frame needs before it
 * is decoded. The pieces may be cut anywhere. Bytes that are not such a frame are left to the decoder, which refuses
 * them.
 */
final class ZstdFrames {

    private static final int MAGIC = 0xFD2FB528;
    private static final int SKIPPABLE_MAGIC = 0x184D2A50; // and the fifteen after it
    private static final int MAGIC_BYTES = 4;
    private static final int BLOCK_HEAD_BYTES = 3;
    private static final int CHECKSUM_BYTES = 4;
    private static final int RUN = 1; // the type of a block that is one byte many times

    private static final int[] DICTIONARY_ID_BYTES = {0, 1, 2, 4};
    private static final int[] CONTENT_SIZE_BYTES = {0, 2, 4, 8};

    private enum Part {
        MAGIC,
        SKIPPABLE_SIZE,
        DESCRIPTOR,
        HEAD,
        BLOCK_HEAD,
        LOST
    }

    private Part part = Part.MAGIC;
    private int needed = MAGIC_BYTES; // bytes of the part
    private int taken;
    private long number; // those bytes, little endian; of a header only the last eight
    private long skipped; // bytes to skip before the part
    private int descriptor;
    private int windowDescriptor;
    private long window;

    /** Follows the next bytes. Returns the largest window of the frames whose headers end in them, 0 without any. */
    long largestWindow(byte[] bytes) {
        window = 0;
        int at = 0;
        while (at < bytes.length && part != Part.LOST) {
            if (skipped > 0) {
                int count = (int) Math.min(skipped, bytes.length - at);
                skipped -= count;
                at += count;
            } else {
                take(bytes[at++] & 0xFF);
            }
        }
        return window;
    }

    private void take(int b) {
        if (part == Part.HEAD && taken == 0 && !isSingleSegment()) {
            windowDescriptor = b;
        }
        // Only the last field of a header, the size of the content, is needed as a number.
        if (taken < Long.BYTES) {
            number |= (long) b << (8 * taken);
        } else {
            number = number >>> 8 | (long) b << 56;
        }
        if (++taken == needed) {
            long read = number;
            int length = taken;
            taken = 0;
            number = 0;
            end(read, length);
        }
    }

    private void end(long read, int length) {
        switch (part) {
            case MAGIC -> {
                if ((int) read == MAGIC) {
                    expect(Part.DESCRIPTOR, 1);
                } else if (((int) read & ~0xF) == SKIPPABLE_MAGIC) {
                    expect(Part.SKIPPABLE_SIZE, MAGIC_BYTES);
                } else {
                    part = Part.LOST;
                }
            }
            case SKIPPABLE_SIZE -> {
                skipped = read;
                expect(Part.MAGIC, MAGIC_BYTES);
            }
            case DESCRIPTOR -> {
                descriptor = (int) read;
                // At least one byte, because a header without a window has the size of its content.
                expect(
                        Part.HEAD,
                        (isSingleSegment() ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3] + contentSizeBytes());
            }
            case HEAD -> {
                window = Math.max(window, isSingleSegment() ? contentSize(read, length) : described());
                expect(Part.BLOCK_HEAD, BLOCK_HEAD_BYTES);
            }
            case BLOCK_HEAD -> block((int) read);
            case LOST -> {}
        }
    }

    private void expect(Part next, int bytes) {
        part = next;
        needed = bytes;
    }

    private void block(int head) {
        boolean last = (head & 1) != 0;
        int type = head >> 1 & 3;
        skipped = type == RUN ? 1 : head >> 3;
        if (last) {
            skipped += (descriptor & 4) == 0 ? 0 : CHECKSUM_BYTES;
            expect(Part.MAGIC, MAGIC_BYTES);
        } else {
            expect(Part.BLOCK_HEAD, BLOCK_HEAD_BYTES);
        }
    }

    private boolean isSingleSegment() {
        return (descriptor & 0x20) != 0;
    }

    private int contentSizeBytes() {
        int flag = descriptor >> 6;
        return flag == 0 && isSingleSegment() ? 1 : CONTENT_SIZE_BYTES[flag];
    }

    /** The last field of a header, of which at most the last eight bytes are kept. */
    private long contentSize(long head, int length) {
        int bytes = contentSizeBytes();
        int before = 8 * (Math.min(length, Long.BYTES) - bytes);
        long size = head >>> before;
        size = size < 0 ? Long.MAX_VALUE : size; // it is unsigned
        return bytes == 2 ? size + 256 : size;
    }

    private long described() {
        long base = 1L << (10 + (windowDescriptor >> 3));
        return base + base / 8 * (windowDescriptor & 7);
    }
}
