package dev.tailrace.ingest;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Walks the fields of a protobuf message that lies in an array; copies nothing. */
final class ProtoFields {

    private final byte[] bytes;
    private final int base;
    private final CodedInputStream in;
    private int number;
    private int from;
    private int to;
    private long value;

    ProtoFields(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.base = from;
        this.in = CodedInputStream.newInstance(bytes, from, to - from);
    }

    /**
     * Goes to the next field.
     *
     * @return false at the end
     * @throws IOException when the bytes are no protobuf from here on
     */
    boolean next() throws IOException {
        int tag = in.readTag();
        if (tag == 0) {
            return false;
        }
        number = WireFormat.getTagFieldNumber(tag);
        from = 0;
        to = 0;
        value = 0;
        switch (WireFormat.getTagWireType(tag)) {
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                int length = in.readRawVarint32();
                from = base + in.getTotalBytesRead();
                in.skipRawBytes(length);
                to = from + length;
            }
            case WireFormat.WIRETYPE_VARINT -> value = in.readRawVarint64();
            default -> in.skipField(tag);
        }
        return true;
    }

    int number() {
        return number;
    }

    /** Whether it is the field with this number, and of bytes: text or a message. */
    boolean isBytes(int wanted) {
        return number == wanted && from > 0;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    /** The value of a varint; 0 of any other field. */
    long value() {
        return value;
    }

    /** The value of text; invalid UTF-8 is replaced. */
    String text() {
        return new String(bytes, from, to - from, StandardCharsets.UTF_8);
    }

    ProtoFields message() {
        return new ProtoFields(bytes, from, to);
    }

    /** The first field of bytes with the number, or one without fields. */
    ProtoFields find(int wanted) throws IOException {
        var search = new ProtoFields(bytes, from, to);
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
