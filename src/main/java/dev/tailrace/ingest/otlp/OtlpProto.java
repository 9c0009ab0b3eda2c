package dev.tailrace.ingest.otlp;

import dev.tailrace.ingest.body.Document;
import dev.tailrace.ingest.records.ProtoFields;
import dev.tailrace.ingest.records.Records;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.IOException;
import java.util.HexFormat;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads an ExportLogsServiceRequest in protobuf, record by record, so that its objects never exist all at once. It does
 * not use the generated classes, which refuse a record for one byte of text that is not UTF-8. A value that cannot be
 * read costs nothing but itself.
 */
public final class OtlpProto implements Records {

    private static final HexFormat HEX = HexFormat.of();

    /** The fields of a shorter record are not counted, because it cannot have too many. */
    private static final int SHORT_BYTES = 64 * 1024;

    /** Most fields and values of a record: each becomes at least one object, of ten times its size or more. */
    private static final int MAX_FIELDS = 16 * 1024;

    private final OtlpProtoValues values = new OtlpProtoValues();
    private final OtlpRecord record;
    private final BiConsumer<String, Object> attribute;
    private final ProtoFields request;
    private @Nullable ProtoFields scopes;
    private @Nullable ProtoFields records;

    public OtlpProto(Document body, OtlpRecord record) {
        this.record = record;
        this.attribute = record::attribute;
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
        values.limit(Integer.MAX_VALUE);
        ProtoFields found = group.find(ResourceLogs.RESOURCE_FIELD_NUMBER);
        if (found.length() > MAX_SHARED_BYTES) {
            record.resourceTooLong();
        } else if (record.keep(0, found.length())) {
            record.resource(values.attributes(found.message(), Resource.ATTRIBUTES_FIELD_NUMBER));
        }
    }

    private void enterScope(ProtoFields group) throws IOException {
        records = group.message();
        values.limit(Integer.MAX_VALUE);
        ProtoFields found = group.find(ScopeLogs.SCOPE_FIELD_NUMBER);
        if (found.length() > MAX_SHARED_BYTES) {
            record.scopeTooLong();
        } else if (record.keep(1, found.length())) {
            record.scope(
                    values.text(found.message(), InstrumentationScope.NAME_FIELD_NUMBER),
                    values.text(found.message(), InstrumentationScope.VERSION_FIELD_NUMBER),
                    values.attributes(found.message(), InstrumentationScope.ATTRIBUTES_FIELD_NUMBER));
        }
    }

    private void record(ProtoFields at) {
        if (record.isTooLong(at.length())) {
            record.rejectTooLong();
        } else {
            read(at);
        }
    }

    private void read(ProtoFields at) {
        values.limit(at.length() > SHORT_BYTES ? MAX_FIELDS : Integer.MAX_VALUE);
        record.clear();
        try {
            ProtoFields fields = at.message();
            while (fields.next()) {
                values.count();
                field(fields);
            }
        } catch (OtlpProtoValues.TooManyFieldsException many) {
            record.reject("more than " + MAX_FIELDS + " fields and values");
            return;
        } catch (IOException invalid) {
            record.reject("not a valid LogRecord: " + invalid.getMessage());
            return;
        }
        record.finish();
    }

    private void field(ProtoFields at) throws OtlpProtoValues.TooManyFieldsException {
        boolean bytes = at.isBytes(at.number());
        switch (at.number()) {
            case LogRecord.TIME_UNIX_NANO_FIELD_NUMBER -> record.time.set(at.value());
            case LogRecord.OBSERVED_TIME_UNIX_NANO_FIELD_NUMBER -> record.observedTime.set(at.value());
            case LogRecord.SEVERITY_NUMBER_FIELD_NUMBER -> record.severityNumber = at.value();
            case LogRecord.SEVERITY_TEXT_FIELD_NUMBER -> record.severityText = at.text();
            case LogRecord.TRACE_ID_FIELD_NUMBER -> record.traceId = HEX.formatHex(at.bytes());
            case LogRecord.SPAN_ID_FIELD_NUMBER -> record.spanId = HEX.formatHex(at.bytes());
            case LogRecord.EVENT_NAME_FIELD_NUMBER -> record.eventName = at.text();
            case LogRecord.BODY_FIELD_NUMBER -> record.body = bytes ? values.value(at.message(), 0) : null;
            case LogRecord.ATTRIBUTES_FIELD_NUMBER -> {
                if (bytes) {
                    values.attribute(at.message(), 0, attribute);
                }
            }
            default -> {} // not used here, or a field of a later version
        }
    }
}
