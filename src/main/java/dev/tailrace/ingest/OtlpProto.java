package dev.tailrace.ingest;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
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

/** Reads an ExportLogsServiceRequest in protobuf, record by record: never all of its objects at once. */
final class OtlpProto implements Records {

    private static final HexFormat HEX = HexFormat.of();

    private final byte[] body;
    private final OtlpRecord record;
    private final ProtoFields request;
    private @Nullable ProtoFields scopes;
    private @Nullable ProtoFields records;

    OtlpProto(byte[] body, OtlpRecord record) {
        this.body = body;
        this.record = record;
        this.request = new ProtoFields(body, 0, body.length);
    }

    @Override
    public boolean step() throws IOException {
        if (records != null) {
            if (!records.next()) {
                records = null;
            } else if (records.isBytes(ScopeLogs.LOG_RECORDS_FIELD_NUMBER)) {
                record(records.from(), records.to());
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

    // A message's fields come in any order, so what its records share is looked for first.

    private void enterResource(ProtoFields group) throws IOException {
        ProtoFields found = group.find(ResourceLogs.RESOURCE_FIELD_NUMBER);
        Resource resource = Resource.parser().parseFrom(body, found.from(), found.to() - found.from());
        record.resource = attributes(resource.getAttributesList());
        scopes = group.message();
    }

    private void enterScope(ProtoFields group) throws IOException {
        ProtoFields found = group.find(ScopeLogs.SCOPE_FIELD_NUMBER);
        InstrumentationScope scope =
                InstrumentationScope.parser().parseFrom(body, found.from(), found.to() - found.from());
        record.scope(scope.getName(), scope.getVersion(), attributes(scope.getAttributesList()));
        records = group.message();
    }

    private void record(int from, int to) {
        if (record.isTooLong(to - from)) {
            record.rejectTooLong();
            return;
        }
        LogRecord told;
        try {
            told = LogRecord.parser().parseFrom(body, from, to - from);
        } catch (InvalidProtocolBufferException invalid) {
            record.reject("not a valid LogRecord: " + invalid.getMessage());
            return;
        }
        record.clear();
        record.timeNanos = told.getTimeUnixNano();
        record.observedNanos = told.getObservedTimeUnixNano();
        record.severityNumber = told.getSeverityNumberValue();
        record.severityText = told.getSeverityText();
        record.traceId = hex(told.getTraceId());
        record.spanId = hex(told.getSpanId());
        record.eventName = told.getEventName();
        record.body = told.hasBody() ? value(told.getBody()) : null;
        for (KeyValue attribute : told.getAttributesList()) {
            add(attribute);
        }
        record.finish();
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
