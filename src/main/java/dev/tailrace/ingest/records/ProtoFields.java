package dev.tailrace.ingest.records;

import com.google.protobuf.WireFormat;
import dev.tailrace.ingest.body.Document;
import java.io.IOException;

/** Iterates over the fields of a protobuf message in a document; copies only the values that are asked for. */
public final class ProtoFields {

    private static final int MAX_VARINT_BITS = 64;
    private static final int FIXED32_BYTES = 4;
    private static final int FIXED64_BYTES = 8;

    private final Document document;
    private final int end;
    private int at;
    private int number;
    private int from;
    private int to;
    private long value;

    public ProtoFields(Document document, int from, int to) {
        this.document = document;
        this.at = from;
        this.end = to;
    }

    /**
     * Goes to the next field.
     *
     * @return false at the end
     * @throws IOException when the bytes from here on are not valid protobuf
     */
    public boolean next() throws IOException {
        if (at == end) {
            return false;
        }
        int tag = (int) varint();
        number = WireFormat.getTagFieldNumber(tag);
        if (number == 0) {
            throw invalid();
        }
        from = 0;
        to = 0;
        value = 0;
        switch (WireFormat.getTagWireType(tag)) {
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                long length = varint();
                from = at;
                skip(length);
                to = at;
            }
            case WireFormat.WIRETYPE_VARINT -> value = varint();
            case WireFormat.WIRETYPE_FIXED32 -> value = fixed(FIXED32_BYTES);
            case WireFormat.WIRETYPE_FIXED64 -> value = fixed(FIXED64_BYTES);
            default -> throw invalid(); // groups, which none of these messages has
        }
        return true;
    }

    private long varint() throws IOException {
        long result = 0;
        for (int shift = 0; shift < MAX_VARINT_BITS; shift += 7) {
            if (at == end) {
                throw invalid();
            }
            byte b = document.at(at++);
            result |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return result;
            }
        }
        throw invalid();
    }

    /** A number of which the lowest byte comes first. */
    private long fixed(int bytes) throws IOException {
        skip(bytes);
        long number = 0;
        for (int i = 1; i <= bytes; i++) {
            number = number << 8 | document.at(at - i) & 0xFF;
        }
        return number;
    }

    private void skip(long count) throws IOException {
        if (count < 0 || count > end - at) {
            throw invalid();
        }
        at += (int) count;
    }

    private static IOException invalid() {
        return new IOException("not valid protobuf");
    }

    public int number() {
        return number;
    }

    /** Whether the field has this number, and is text or a message. */
    public boolean isBytes(int wanted) {
        return number == wanted && from > 0;
    }

    /** Whether the field has this number, and is a number itself. */
    public boolean isNumber(int wanted) {
        return number == wanted && from == 0;
    }

    /** Length of the text or message, in bytes. */
    public int length() {
        return to - from;
    }

    /** The value of a number, of any encoding; 0 for text and messages. */
    public long value() {
        return value;
    }

    /** A copy of the text or message. */
    public byte[] bytes() {
        return document.copy(from, to);
    }

    /** The value of text; invalid UTF-8 is replaced. */
    public String text() {
        return document.text(from, to);
    }

    public ProtoFields message() {
        return new ProtoFields(document, from, to);
    }

    /** The first field of bytes with the number, or one without fields. */
    public ProtoFields find(int wanted) throws IOException {
        ProtoFields search = message();
        while (search.next()) {
            if (search.isBytes(wanted)) {
                return search;
            }
        }
        return search.cleared();
    }

    private ProtoFields cleared() {
        from = 0;
        to = 0;
        return this;
    }
}
