package dev.tailrace.ingest.otlp;

import dev.tailrace.ingest.records.PlainJson;
import dev.tailrace.ingest.records.ProtoFields;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Reads AnyValues and KeyValues in protobuf. A message that is malformed inside keeps what comes before the error. */
final class OtlpProtoValues {

    private int left = Integer.MAX_VALUE;

    /** There are more fields and values than the limit. */
    static final class TooManyFieldsException extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Sets the most fields that are read until the next call. */
    void limit(int fields) {
        left = fields;
    }

    /** Counts a field. */
    void count() throws TooManyFieldsException {
        if (--left < 0) {
            throw new TooManyFieldsException();
        }
    }

    /** Goes to the next field; false at the end, and where the rest is malformed. */
    private boolean next(ProtoFields message) throws TooManyFieldsException {
        try {
            if (!message.next()) {
                return false;
            }
        } catch (IOException malformed) {
            return false;
        }
        count();
        return true;
    }

    /** The text in the field with the number; empty without one. */
    String text(ProtoFields message, int number) throws TooManyFieldsException {
        String text = "";
        while (next(message)) {
            text = message.isBytes(number) ? message.text() : text;
        }
        return text;
    }

    /** The KeyValues in the fields with the number. Of several with one key the first counts. */
    Map<String, Object> attributes(ProtoFields message, int number) throws TooManyFieldsException {
        return attributes(message, number, 0);
    }

    private Map<String, Object> attributes(ProtoFields message, int number, int depth) throws TooManyFieldsException {
        Map<String, Object> attributes = new LinkedHashMap<>();
        while (next(message)) {
            if (message.isBytes(number)) {
                attribute(message.message(), depth, attributes::putIfAbsent);
            }
        }
        return attributes;
    }

    /** Reads a KeyValue, and hands it over if it has a value. */
    void attribute(ProtoFields pair, int depth, BiConsumer<String, Object> to) throws TooManyFieldsException {
        String key = "";
        Object value = null;
        while (next(pair)) {
            if (pair.isBytes(KeyValue.KEY_FIELD_NUMBER)) {
                key = pair.text();
            } else if (pair.isBytes(KeyValue.VALUE_FIELD_NUMBER)) {
                value = value(pair.message(), depth);
            }
        }
        if (value != null) {
            to.accept(key, value);
        }
    }

    /** Reads an AnyValue; null for one without a value. */
    @Nullable
    Object value(ProtoFields any, int depth) throws TooManyFieldsException {
        if (depth > PlainJson.MAX_DEPTH) {
            return PlainJson.DEEP;
        }
        Object value = null;
        while (next(any)) {
            Object read = any.isBytes(any.number()) ? bytes(any, depth) : number(any);
            value = read == null ? value : read;
        }
        return value;
    }

    private @Nullable Object bytes(ProtoFields any, int depth) throws TooManyFieldsException {
        return switch (any.number()) {
            case AnyValue.STRING_VALUE_FIELD_NUMBER -> any.text();
            case AnyValue.BYTES_VALUE_FIELD_NUMBER -> any.bytes();
            case AnyValue.ARRAY_VALUE_FIELD_NUMBER -> list(any.message(), depth + 1);
            case AnyValue.KVLIST_VALUE_FIELD_NUMBER ->
                attributes(any.message(), KeyValueList.VALUES_FIELD_NUMBER, depth + 1);
            default -> null;
        };
    }

    private static @Nullable Object number(ProtoFields any) {
        return switch (any.number()) {
            case AnyValue.BOOL_VALUE_FIELD_NUMBER -> any.value() != 0;
            case AnyValue.INT_VALUE_FIELD_NUMBER -> any.value();
            case AnyValue.DOUBLE_VALUE_FIELD_NUMBER -> Double.longBitsToDouble(any.value());
            default -> null;
        };
    }

    private Object list(ProtoFields array, int depth) throws TooManyFieldsException {
        List<@Nullable Object> list = new ArrayList<>();
        while (next(array)) {
            if (array.isBytes(ArrayValue.VALUES_FIELD_NUMBER)) {
                list.add(value(array.message(), depth));
            }
        }
        return list;
    }
}
