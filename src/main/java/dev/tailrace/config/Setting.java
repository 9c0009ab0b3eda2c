package dev.tailrace.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One row of the list of settings: the option, its environment variable, the default and what it means. */
public enum Setting {
    HOST(
            "127.0.0.1",
            "address to listen on; without credentials it must be a loopback address, unless --insecure is given"),
    PORT("8080", "port for devices and readers; 0: any free port"),
    MANAGEMENT_HOST(null, "address for metrics and probes; if unset, the same as --host"),
    MANAGEMENT_PORT("9090", "port for metrics and probes; 0: any free port"),
    TLS_CERT(null, "PEM file with the certificate and its chain; if set, the port speaks TLS only"),
    TLS_KEY(null, "PEM file with the private key of the certificate, in PKCS #8 without a password"),
    TLS_CLIENT_CA(
            null,
            "PEM file with the authorities that sign client certificates; if set, clients are asked for a"
                    + " certificate"),
    TLS_CLIENT_AUTH("request", "request: a client may present a certificate; required: a client must present one"),
    TLS_RELOAD_INTERVAL("10s", "how often the TLS files are checked; changed files are used for new connections"),
    MANAGEMENT_TLS(
            "false",
            "serve TLS on the management port with the same certificate; client certificates are not requested"),
    CONNECTIONS(
            "100000",
            "maximum number of connections of devices, readers, syslog and GELF together; further ones are closed"
                    + " at once"),
    CONNECTIONS_PER_ADDRESS(
            "0",
            "maximum number of connections per client address (IPv6: per /64 network); 0: unlimited, for"
                    + " clients behind one NAT or proxy"),
    HANDSHAKES_PER_ADDRESS(
            "16",
            "TLS handshakes per client address (IPv6: per /64 network) that are computed at the same time;"
                    + " others wait, and one whose turn comes after half of request-timeout is closed; 0: unlimited"),
    REQUEST_TIMEOUT("10s", "a connection is closed if the head of its first request is not complete within this time"),
    KEEP_ALIVE("75s", "a connection is closed if no other request follows its last response within this time"),
    BODY_TIMEOUT(
            "30s",
            "a request body that is one document must arrive within this time, or is refused with 408;"
                    + " bodies of lines may be endless"),
    HEADER_BYTES("64KiB", "maximum size of a request head (431) and of a request line (414)"),
    HTTP2_CLEARTEXT("false", "also accept HTTP/2 without TLS, for proxies that use it"),
    HTTP2_STREAMS("100", "maximum number of concurrent requests on one HTTP/2 connection, live streams included"),
    HTTP2_RESETS(
            "200",
            "maximum number of streams that one HTTP/2 connection may reset within 30 s; more close the"
                    + " connection"),
    INSECURE(
            "false", "listen on any address without credentials: everyone who can reach the broker can read and write"),
    AUTH_ADMIN_TOKEN(null, "secret token that allows everything; prefer the environment variable"),
    AUTH_JWT_SECRET(
            null, "secret of at least 32 bytes that signs JSON Web Tokens (HS256); prefer the environment variable"),
    AUTH_JWT_KEY(null, "PEM file with the public key that verifies JSON Web Tokens: RS256, ES256 or EdDSA"),
    AUTH_JWKS_URL(
            null,
            "URL of an identity provider's key set (JWKS) that verifies JSON Web Tokens, https or on"
                    + " loopback; it is kept up to date"),
    AUTH_JWT_AUDIENCE(
            null,
            "accepted audiences of JSON Web Tokens, comma-separated; required with auth-jwt-key and"
                    + " auth-jwks-url"),
    AUTH_JWT_ISSUER(null, "accepted issuers of JSON Web Tokens, comma-separated; if unset, any issuer is accepted"),
    AUTH_JWT_LEEWAY("30s", "tolerated difference between the clocks of issuers and of the broker"),
    AUTH_JWT_CLAIM("tailrace", "claim of a JSON Web Token that lists its grants, such as [\"logs:read@fleet/eu\"]"),
    AUTH_CERTIFICATE_DEVICE(
            null, "field of a client certificate that names the device, which may then write: cn, san-dns or san-uri"),
    AUTH_BALENA_URL(
            null,
            "base URL of the balena API, which authorises tokens that the broker does not know; https or on"
                    + " loopback"),
    AUTH_LOGINS("100", "maximum number of logins per caller that are open or ended within the last hour; more get 429"),
    AUTH_TICKETS("100", "maximum number of unused tickets per caller; more get 429"),
    HOSTS(
            null,
            "further host names, comma-separated, by which the management port and a port without"
                    + " credentials may be addressed, besides loopback names and addresses; the management port"
                    + " accepts any IP address too"),
    ALLOWED_ORIGINS(
            null, "other origins whose web pages may read and write, comma-separated, such as https://ops.example.com"),
    REDIS(
            null,
            "redis://[user:password@]host:port[,host:port…][/db][?master=NAME] or rediss://; standalone,"
                    + " Sentinel or Cluster is detected; if unset, rings are kept in memory"),
    REDIS_TIMEOUT(
            "2s",
            "a Redis connection without a response for this long is replaced; appends that cannot be sent"
                    + " within four times this long fail"),
    RING_CAPACITY("1000", "number of entries kept per device, exactly, unless they exceed ring-bytes"),
    RING_BYTES(
            "16MiB",
            "maximum number of stored bytes per device; above it the oldest entries leave before the"
                    + " capacity is reached"),
    RING_TTL("30d", "a ring without appends for this long is deleted; a changed value applies from the next append on"),
    INGEST_WINDOW_LINES("10000", "a connection with this many lines not yet stored is not read"),
    INGEST_WINDOW_BYTES("1MiB", "a connection with this many bytes not yet stored is not read"),
    INGEST_PENDING_BYTES(
            "64MiB",
            "bytes held for all senders together; above it no sender is read and new ones get 503; one caller may hold"
                    + " as many bytes as are free (a third of that with the key of a device); incomplete lines and"
                    + " documents may use half of it"),
    INGEST_LINE_BYTES(
            "2MiB", "maximum size of a line; longer ones are rejected, and a message over 64 KiB is truncated"),
    INGEST_FRAME_BYTES(
            "4MiB",
            "maximum size of a WebSocket frame; a longer one closes its connection; messages of many frames"
                    + " may be endless"),
    INGEST_BODY_BYTES(
            "64MiB", "maximum size of a body with a Content-Length and of application/json; larger ones get 413"),
    INGEST_DOCUMENT_BYTES(
            "16MiB",
            "maximum expanded size of an OTLP or Loki document, and at most its caller's share of"
                    + " ingest-pending-bytes: a quarter, or an eighth with the key of a device; larger ones get 413"),
    INGEST_DECODER_BYTES(
            "0",
            "memory outside the heap for decoders of compressed bodies, 40 KiB per gzip stream; above it a"
                    + " compressed body gets 503; 0: half of the maximum heap"),
    INGEST_RETRY(
            "5s",
            "how long lines of a POST are retried while storage is unavailable, before 503; WebSockets,"
                    + " journal uploads and balena streams wait"),
    GUESS_LEVELS(
            "true",
            "if a line was sent without a level, look for one at the beginning of its message, as in"
                    + " \"12:00:00 ERROR ...\", and store it marked as guessed"),
    MAX_DEVICES(
            "200000",
            "maximum number of devices in storage; above it a new device gets 429 and known devices are not"
                    + " affected; 0: unlimited"),
    DEVICE_LINES(
            "200000",
            "lines per second of one device at one broker; above it the device's senders are slowed down;"
                    + " 0: unlimited"),
    DEVICE_BYTES(
            "64MiB",
            "stored bytes per second of one device at one broker; above it the device's senders are slowed"
                    + " down; 0: unlimited"),
    FLEET_LINES(
            "0",
            "lines per second of all devices of one fleet at one broker; above it the fleet's senders are"
                    + " slowed down; 0: unlimited"),
    FLEET_BYTES(
            "0",
            "stored bytes per second of all devices of one fleet at one broker; above it the fleet's"
                    + " senders are slowed down; 0: unlimited"),
    SYSLOG_PORT(null, "port for syslog over TCP and UDP; 0: any free port; if unset, syslog is off"),
    SYSLOG_TLS_PORT(
            null,
            "port for syslog over TLS (RFC 5425), with the certificate of tls-cert and the authorities of tls-client-ca; 0:"
                    + " any free port; if unset, it is off"),
    SYSLOG_ZONE("UTC", "time zone of syslog timestamps that name none (RFC 3164), such as Europe/Berlin"),
    SYSLOG_INSECURE(
            "false", "accept syslog, which has no authentication, although the other inputs require credentials"),
    SYSLOG_IDLE("1h", "a TCP connection of syslog or GELF that sends nothing for this long is closed"),
    GELF_PORT(null, "port for GELF over TCP and UDP; 0: any free port; if unset, they are off, and POST /gelf is not"),
    GELF_INSECURE(
            "false",
            "accept GELF over TCP and UDP, which has no authentication, although the other inputs require credentials"),
    LINE_MESSAGE(
            "msg,log,@m,@message,_msg,short_message,RenderedMessage,rendered_message,eventMessage,logMessage,"
                    + "log_message,fields.message,record.message,jsonPayload.message,textPayload,text,body,Body.Value,"
                    + "line,content,event,record",
            "fields of a line in JSON that hold the message, comma-separated; the first one present is used, after"
                    + " message; names with dots are paths into objects too"),
    LINE_TIME(
            "time,ts,@timestamp,@t,_time,date,datetime,asctime,instant,timeMillis,timestamp_ms,timestampMs,"
                    + "eventTime,event_time,log_time,t,_SOURCE_REALTIME_TIMESTAMP,__REALTIME_TIMESTAMP,time_iso8601,"
                    + "time_local,record.time.timestamp,created,created_at,receiveTimestamp,timeUnixNano,"
                    + "observedTimeUnixNano,EventTimestampMs",
            "fields of a line in JSON that hold the time, comma-separated; the first one that can be read is"
                    + " used, after timestamp"),
    LINE_LEVEL(
            "severity,lvl,levelname,level_name,LogLevel,log.level,log_level,@l,@level,severity_text,severityText,"
                    + "severity_label,record.level.name,context.logLevel,PRIORITY,levelno,severityNumber,"
                    + "severity_number,severityLevel",
            "fields of a line in JSON that hold the level, comma-separated; the first one that can be read is"
                    + " used, after level"),
    LINE_SERVICE(
            "service.name,service_name,serviceName,dd.service,app,app_name,appName,application,application_name,"
                    + "applicationName,container_name,containerName,kubernetes.container_name,"
                    + "kubernetes.container.name,kubernetes.labels.app,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER,ident,program,"
                    + "logger,logger_name,loggerName,log.logger,@module,SourceContext,Properties.SourceContext,"
                    + "record.name,process.name",
            "fields of a line in JSON that hold the service, comma-separated; the first one that can be read is"
                    + " used, after service"),
    LINE_TIME_ZONE("UTC", "time zone of times in lines that name none, such as Europe/Berlin"),
    OTLP_DEVICE(
            "device.id,host.name,service.instance.id,k8s.node.name,host.id",
            "attributes of OTLP logs that name the device, comma-separated; the first one present is used"),
    LOKI_DEVICE(
            "device,host,hostname,instance",
            "labels of a Loki push that name the device, comma-separated; the first one present is used"),
    LOKI_SERVICE(
            "service_name,service,app,job,container",
            "labels of a Loki push that name the service, comma-separated; the first one present is used"),
    LOKI_LEVEL(
            "level,detected_level,severity",
            "labels of a Loki push that name the level, comma-separated; the first one present is used"),
    STREAM_HEARTBEAT("15s", "interval of the heartbeat event of a stream"),
    STREAM_STALL_LIMIT("60s", "a reader that accepts no byte for this long is evicted"),
    STREAM_LIFETIME(
            "6h",
            "a stream is closed with the event bye after this long, or up to a quarter earlier, so that"
                    + " readers spread over all brokers; 0s: never"),
    STREAM_BYTES("64KiB", "a reader is behind when this many bytes were written to it and not yet accepted"),
    STREAM_PENDING_BYTES(
            "0",
            "bytes written to all readers together and not yet accepted; above half of it a reader that"
                    + " holds any gets no more, above it such a reader is evicted; 0: a quarter of the maximum heap"),
    STREAMS_PER_USER("200", "maximum number of streams per authenticated caller at one broker; more get 429"),
    STREAM_DEVICES("10000", "maximum number of devices on one stream"),
    FOLLOWED_DEVICES("200000", "maximum number of devices on all streams of one broker, each counted once per stream"),
    FLEET_DEVICES("100000", "maximum number of devices in one fleet"),
    BALENA_PROCESSING_INTERVAL(
            "3s",
            "interval of the interim response 102 Processing on a device's open log-stream; 0s: none, for"
                    + " proxies that reject it"),
    BALENA_API(
            "false",
            "answer the requests that balena's SDK and CLI send before they ask for logs: device, service"
                    + " and user"),
    EVENT_LOOPS("0", "number of event loops that serve connections; 0: one per core"),
    SOCKET_RECEIVE_BUFFER("64KiB", "SO_RCVBUF of accepted connections: what a paused device can still send"),
    SOCKET_SEND_BUFFER("64KiB", "SO_SNDBUF of accepted connections: what the kernel holds for a stalled reader"),
    READY_WITHOUT_STORAGE(
            "false",
            "stay ready while storage is unavailable, once it has answered; load balancers then keep all"
                    + " brokers, and their streams stay open"),
    DRAIN_TIME("10s", "how long a stop may take; readers are asked to reconnect spread over half of it"),
    DRAIN_DELAY(
            "0s",
            "delay between a stop, when readiness turns 503, and the disconnection of readers and devices,"
                    + " for load balancers that need it");

    private final @Nullable String absent;
    private final String meaning;

    Setting(@Nullable String absent, String meaning) {
        this.absent = absent;
        this.meaning = meaning;
    }

    /** The option without its dashes: {@code ring-capacity}. */
    public String option() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The environment variable: {@code TAILRACE_RING_CAPACITY}. */
    public String variable() {
        return "TAILRACE_" + name();
    }

    /** The default, or null. */
    public @Nullable String absent() {
        return absent;
    }

    /** One line for help, docs/SETTINGS.md and the chart. */
    public String meaning() {
        return meaning;
    }

    /** Whether it is a switch, which takes no value. */
    public boolean isSwitch() {
        return "false".equals(absent);
    }
}
