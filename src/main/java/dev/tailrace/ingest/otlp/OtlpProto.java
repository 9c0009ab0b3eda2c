package dev.tailrace.ingest.otlp;

import com.google.protobuf.ByteString;
import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.records.ProtoFields;
import dev.tailrace.ingest.records.Records;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads an ExportLogsServiceRequest in protobuf, record by record, so that its objects never exist all at once. */
public final class OtlpProto implements Records {

    private static final HexFormat HEX = HexFormat.of();

    /** The fields of a shorter record are not counted, because it cannot have too many. */
    private static final int SHORT_BYTES = 64 * 1024;

    /** Most fields and values of a record: each becomes at least one object, of ten times its size or more. */
    private static final int MAX_FIELDS = 16 * 1024;

    private static final int MAX_DEPTH = 100; // protobuf's own

    private final OtlpRecord record;
    private final ProtoFields request;
    private @Nullable ProtoFields scopes;
    private @Nullable ProtoFields records;
    private @Nullable String wrongResource;
    private @Nullable String wrongScope;

    public OtlpProto(Document body, OtlpRecord record) {
        this.record = record;
        this.request = new ProtoFields(body, 0, body.length());
    }

    @Override
    public boolean step() throws IOException {
        if (records != null) {
            if (!records.next()) {
                records = null;
            } else if (records.isBytes(ScopeLogs.LOG_RECORDS_FIELD_NUMBER)) {
                record(records);
            }
            return true;
        }
        if (scopes != null) {
            if (!scopes.next()) {
                scopes = null;
            } else if (scopes.isBytes(ResourceLogs.SCOPE_LOGS_FIELD_NUMBER)) {
                enterScope(scopes);
            }
            return true;
        }
        if (!request.next()) {
            return false;
        }
        if (request.isBytes(ExportLogsServiceRequest.RESOURCE_LOGS_FIELD_NUMBER)) {
            enterResource(request);
        }
        return true;
    }

    // The fields of a message come in any order, so the attributes that its records share are searched first.

    private void enterResource(ProtoFields group) throws IOException {
        scopes = group.message();
        ProtoFields found = group.find(ResourceLogs.RESOURCE_FIELD_NUMBER);
        wrongResource = wrong(found, "resource");
        if (wrongResource == null && record.keep(0, found.length())) {
            record.resource =
                    attributes(Resource.parser().parseFrom(found.bytes()).getAttributesList());
        }
    }

    private void enterScope(ProtoFields group) throws IOException {
        records = group.message();
        ProtoFields found = group.find(ScopeLogs.SCOPE_FIELD_NUMBER);
        wrongScope = wrong(found, "scope");
        if (wrongScope == null && record.keep(1, found.length())) {
            InstrumentationScope scope = InstrumentationScope.parser().parseFrom(found.bytes());
            record.scope(scope.getName(), scope.getVersion(), attributes(scope.getAttributesList()));
        }
    }

    private static @Nullable String wrong(ProtoFields shared, String name) {
        return shared.length() <= MAX_SHARED_BYTES
                ? null
                : "its " + name + " is longer than " + MAX_SHARED_BYTES + " bytes";
    }

    private void record(ProtoFields at) {
        if (record.isTooLong(at.length())) {
            record.rejectTooLong();
            return;
        }
        String wrong = wrongScope != null ? wrongScope : wrongResource;
        LogRecord decoded;
        try {
            if (wrong == null && at.length() > SHORT_BYTES && fields(at.message(), Kind.RECORD, 0) > MAX_FIELDS) {
                wrong = "more than " + MAX_FIELDS + " fields and values";
            }
            if (wrong != null) {
                record.reject(wrong);
                return;
            }
            decoded = LogRecord.parser().parseFrom(at.bytes());
        } catch (IOException invalid) {
            record.reject("not a valid LogRecord: " + invalid.getMessage());
            return;
        }
        record.clear();
        record.timeNanos = decoded.getTimeUnixNano();
        record.observedNanos = decoded.getObservedTimeUnixNano();
        record.severityNumber = decoded.getSeverityNumberValue();
        record.severityText = decoded.getSeverityText();
        record.traceId = hex(decoded.getTraceId());
        record.spanId = hex(decoded.getSpanId());
        record.eventName = decoded.getEventName();
        record.body = decoded.hasBody() ? value(decoded.getBody()) : null;
        for (KeyValue attribute : decoded.getAttributesList()) {
            add(attribute);
        }
        record.finish();
    }

    /** The messages that a record is made of. */
    private enum Kind {
        RECORD,
        KEY_VALUE,
        VALUE,
        LIST,
        PAIRS;

        /** The kind of message in the field with this number, or null when the field is not a message. */
        @Nullable
        Kind of(int field) {
            return switch (this) {
                case RECORD ->
                    field == LogRecord.BODY_FIELD_NUMBER
                            ? VALUE
                            : field == LogRecord.ATTRIBUTES_FIELD_NUMBER ? KEY_VALUE : null;
                case KEY_VALUE -> field == KeyValue.VALUE_FIELD_NUMBER ? VALUE : null;
                case VALUE ->
                    field == AnyValue.ARRAY_VALUE_FIELD_NUMBER
                            ? LIST
                            : field == AnyValue.KVLIST_VALUE_FIELD_NUMBER ? PAIRS : null;
                case LIST -> field == ArrayValue.VALUES_FIELD_NUMBER ? VALUE : null;
                case PAIRS -> field == KeyValueList.VALUES_FIELD_NUMBER ? KEY_VALUE : null;
            };
        }
    }

    /** Counts the fields, nested ones included, up to one more than are allowed. */
    private static int fields(ProtoFields message, Kind kind, int depth) throws IOException {
        int count = 0;
        while (count <= MAX_FIELDS && message.next()) {
            count++;
            Kind within = kind.of(message.number());
            if (within != null && message.isBytes(message.number()) && depth < MAX_DEPTH) {
                count += fields(message.message(), within, depth + 1);
            }
        }
        return count;
    }

    private void add(KeyValue attribute) {
        Object value = value(attribute.getValue());
        if (value != null) {
            record.attribute(attribute.getKey(), value);
        }
    }

    private static String hex(ByteString id) {
        return id.isEmpty() ? "" : HEX.formatHex(id.toByteArray());
    }

    private static Map<String, Object> attributes(List<KeyValue> list) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        for (KeyValue attribute : list) {
            Object value = value(attribute.getValue());
            if (value != null) {
                attributes.putIfAbsent(attribute.getKey(), value);
            }
        }
        return attributes;
    }

    private static @Nullable Object value(AnyValue any) {
        return switch (any.getValueCase()) {
            case STRING_VALUE -> any.getStringValue();
            case BOOL_VALUE -> any.getBoolValue();
            case INT_VALUE -> any.getIntValue();
            case DOUBLE_VALUE -> any.getDoubleValue();
            case BYTES_VALUE -> any.getBytesValue().toByteArray();
            case ARRAY_VALUE -> {
                List<@Nullable Object> list = new ArrayList<>();
                any.getArrayValue().getValuesList().forEach(item -> list.add(value(item)));
                yield list;
            }
            case KVLIST_VALUE -> attributes(any.getKvlistValue().getValuesList());
            default -> null;
        };
    }
}
