package dev.tailrace.metrics;

/** Limits that refuse connections and requests when they are exceeded, named as their settings. */
public enum Limit {
    /** Connections of the broker. */
    CONNECTIONS("connections"),
    /** Connections of one address. */
    CONNECTIONS_PER_ADDRESS("connections-per-address"),
    /** Connections of the management port; the oldest is closed. */
    MANAGEMENT_CONNECTIONS("management-connections"),
    /** Concurrent TLS handshakes of one address; one did not get its turn in time. */
    HANDSHAKES_PER_ADDRESS("handshakes-per-address"),
    /** Idle time of a syslog connection. */
    SYSLOG_IDLE("syslog-idle"),
    /** Time until the first request head of a connection is complete. */
    REQUEST_TIME("request-timeout"),
    /** Streams of one caller. */
    STREAMS_PER_USER("streams-per-user"),
    /** Devices on one stream. */
    STREAM_DEVICES("stream-devices"),
    /** Devices on all streams of the broker. */
    FOLLOWED_DEVICES("followed-devices"),
    /** Devices in one fleet. */
    FLEET_DEVICES("fleet-devices"),
    /** Waiting requests of one caller with costly patterns; not a setting. */
    COSTLY_FILTERS("costly-filters"),
    /** Logins of one caller that are open or ended lately. */
    LOGINS("auth-logins"),
    /** Unused tickets of one caller. */
    TICKETS("auth-tickets"),
    /** Resets of streams on one HTTP/2 connection, or frames of one request head. */
    HTTP2_RESETS("http2-resets"),
    /** Size of a request head or of a request line. */
    HEADER_BYTES("header-bytes"),
    /** Size of a body. */
    BODY_BYTES("ingest-body-bytes"),
    /** Size of a document of records. */
    DOCUMENT_BYTES("ingest-document-bytes"),
    /** Size of a WebSocket frame. */
    FRAME_BYTES("ingest-frame-bytes"),
    /** Bytes that wait for storage, and bytes of incomplete input. */
    PENDING_BYTES("ingest-pending-bytes"),
    /** Memory outside the heap of decoders of compressed bodies. */
    DECODER_BYTES("ingest-decoder-bytes"),
    /** Devices in storage. */
    DEVICES("max-devices"),
    /** Time until a document is complete. */
    BODY_TIME("body-timeout");

    private final String label;

    Limit(String setting) {
        this.label = setting;
    }

    /** The value of the label {@code limit} in metrics. */
    String label() {
        return label;
    }
}
