package dev.tailrace.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One row of the list of settings: the option, its environment variable, the default and what it means. */
public enum Setting {
    HOST("127.0.0.1", "address to listen on; without credentials only a loopback one, unless --insecure"),
    PORT("8080", "port for devices and readers; 0 picks a free one"),
    MANAGEMENT_HOST(null, "address for metrics and probes; as --host when absent"),
    MANAGEMENT_PORT("9090", "port for metrics and probes; 0 picks a free one"),
    TLS_CERT(null, "PEM file with the certificate and its chain; with it the port speaks TLS only"),
    TLS_KEY(null, "PEM file with the certificate's private key, in PKCS #8 without a password"),
    TLS_CLIENT_CA(null, "PEM file with the authorities of client certificates, which are asked for when it is given"),
    TLS_CLIENT_AUTH("request", "request: a client may show a certificate; required: it has to"),
    TLS_RELOAD_INTERVAL("10s", "the TLS files are looked at this often, and taken over when they have changed"),
    MANAGEMENT_TLS("false", "the management port speaks TLS too, with the same certificate, and asks for none"),
    CONNECTIONS("100000", "connections of devices, readers and syslog in all; more are closed at once"),
    CONNECTIONS_PER_ADDRESS(
            "0",
            "connections of devices, readers and syslog from one address, or from one /64 network of IPv6; more are closed at"
                    + " once; 0: any number, for fleets behind one address and for proxies"),
    HANDSHAKES_PER_ADDRESS(
            "16",
            "TLS handshakes of one address, or of one /64 network of IPv6, that are computed at a time; others wait for their"
                    + " turn, up to request-timeout; 0: any number"),
    REQUEST_TIMEOUT(
            "10s", "a connection that does not bring the whole head of its first request in this time is closed"),
    KEEP_ALIVE("75s", "a connection is closed when no other request follows its last answer in this time"),
    BODY_TIMEOUT("30s", "a body that is not read as a stream has to be whole in this time, or is refused with 408"),
    HEADER_BYTES("64KiB", "a longer head of a request, or address in it, is refused with 431 or 414"),
    HTTP2_CLEARTEXT("false", "speak HTTP/2 without TLS too, for proxies that ask for it"),
    HTTP2_STREAMS("100", "requests at a time on one HTTP/2 connection, live streams among them"),
    HTTP2_RESETS("200", "requests that an HTTP/2 connection may take back within 30 s before it is closed"),
    INSECURE("false", "listen on any address without credentials: everybody who reaches it reads and writes"),
    AUTH_ADMIN_TOKEN(null, "a secret whose bearer may do everything; best given in the environment"),
    AUTH_JWT_SECRET(
            null, "secret of 32 or more bytes that JSON Web Tokens are signed with (HS256); best in the environment"),
    AUTH_JWT_KEY(null, "file with the public key (PEM) that tokens are signed for: RS256, ES256 or EdDSA"),
    AUTH_JWKS_URL(
            null,
            "address of an identity provider's keys that tokens are signed for, https or on loopback; the keys are replaced as"
                    + " the provider replaces them"),
    AUTH_JWT_AUDIENCE(null, "tokens must name one of these, comma-separated; needed beside a public key or an address"),
    AUTH_JWT_ISSUER(null, "tokens must come from one of these, comma-separated; absent: any"),
    AUTH_JWT_LEEWAY("30s", "by how much clocks of issuers may differ"),
    AUTH_JWT_CLAIM("tailrace", "the claim that lists what a token's bearer may, such as [\"logs:read@fleet/eu\"]"),
    AUTH_CERTIFICATE_DEVICE(
            null, "where a client's certificate names its device, which may then write: cn, san-dns or san-uri"),
    AUTH_BALENA_URL(
            null,
            "address of balena's API, which is asked what a token may that is none of ours; https or on loopback"),
    AUTH_LOGINS("100", "logins of one caller that are open or ended within the last hour; more are refused with 429"),
    AUTH_TICKETS("100", "unused tickets that one caller may have; more are refused with 429"),
    HOSTS(
            null,
            "names, comma-separated, by which programs and pages may reach the management port, and a port without"
                    + " credentials, besides names and addresses of loopback; the management port accepts any address too"),
    ALLOWED_ORIGINS(
            null, "other origins whose web pages may read and write, comma-separated, such as https://ops.example.com"),
    REDIS(
            null,
            "redis://[user:password@]host:port[,host:port…][/db][?master=NAME] or rediss://; standalone, Sentinel or"
                    + " Cluster is found out; absent: rings in memory"),
    REDIS_TIMEOUT(
            "2s",
            "a connection to Redis whose calls get no answer for so long is replaced; appends not sent within four"
                    + " times it fail"),
    RING_CAPACITY("1000", "entries kept per device, exactly, unless they have more than ring-bytes"),
    RING_BYTES(
            "16MiB", "above so many bytes stored of a device its oldest entries leave before the capacity is reached"),
    RING_TTL(
            "30d",
            "a ring without appends for this long is dropped; a changed value takes effect with the next append"),
    EVENT_LOOPS("0", "event loops that serve connections; 0: one per core"),
    INGEST_WINDOW_LINES("10000", "a connection with so many lines unanswered by storage is not read"),
    INGEST_WINDOW_BYTES("1MiB", "a connection with so many bytes unanswered by storage is not read"),
    INGEST_PENDING_BYTES(
            "64MiB",
            "bytes held for all senders; above, none of them is read and a new one gets 503. A caller is not read either while"
                    + " its lines that wait for storage are more than all callers leave free, or a third of that for the key of a device. Half"
                    + " of the bytes is for what is begun and not ended, such as lines"),
    INGEST_LINE_BYTES("2MiB", "a longer line is rejected; a message over 64 KiB is cut"),
    INGEST_FRAME_BYTES("4MiB", "a longer WebSocket frame ends its connection; messages of many frames may be endless"),
    INGEST_BODY_BYTES("64MiB", "a longer body that names its length or is a JSON array is refused"),
    INGEST_DOCUMENT_BYTES(
            "16MiB",
            "a document of OTLP or Loki that is longer, expanded, is refused, and so is one that is longer than what its caller"
                    + " may have of ingest-pending-bytes: a quarter, or an eighth for the key of a device"),
    INGEST_DECODER_BYTES(
            "0",
            "bytes that decoders of compressed bodies take outside the heap, 40 KiB for each gzip stream; above, a"
                    + " compressed body gets 503; 0: half of the largest heap"),
    INGEST_RETRY(
            "5s",
            "for how long lines of a POST are offered again while storage is unavailable, before 503; WebSockets,"
                    + " journals and balena streams wait"),
    MAX_DEVICES(
            "200000",
            "devices in storage; above, a device that is new is refused with 429, and those that are known go on; 0:"
                    + " any number"),
    DEVICE_LINES(
            "200000",
            "lines per second of one device at a broker; above, its senders are read more slowly; 0: any number"),
    DEVICE_BYTES(
            "64MiB",
            "bytes per second, as stored, of one device at a broker; above, its senders are read more slowly; 0: any number"),
    FLEET_LINES(
            "0",
            "lines per second of all devices of one fleet at a broker; above, their senders are read more slowly; 0: any number"),
    FLEET_BYTES(
            "0",
            "bytes per second, as stored, of all devices of one fleet at a broker; above, their senders are read more slowly; 0:"
                    + " any number"),
    SYSLOG_PORT(null, "port for syslog over TCP and UDP; 0 picks a free one; absent: none"),
    SYSLOG_ZONE("UTC", "time zone of syslog times that name none (RFC 3164), such as Europe/Berlin"),
    SYSLOG_INSECURE(
            "false",
            "take syslog from whoever reaches its port, though it knows no credentials and other ways in ask for them"),
    SYSLOG_IDLE("1h", "a TCP connection of syslog that sends nothing for so long is closed"),
    OTLP_DEVICE(
            "device.id,host.name,service.instance.id",
            "attributes of OTLP logs that say which device; the first that is there counts"),
    LOKI_DEVICE(
            "device,host,hostname,instance",
            "labels of a Loki push that say which device; the first that is there counts"),
    LOKI_SERVICE(
            "service_name,service,app,job,container",
            "labels of a Loki push that say which service; the first that is there counts"),
    LOKI_LEVEL(
            "level,detected_level,severity",
            "labels of a Loki push that say which level; the first that is there counts"),
    STREAM_HEARTBEAT("15s", "a stream says this often that it is alive"),
    STREAM_STALL_LIMIT("60s", "a reader that accepts no byte for this long is evicted"),
    STREAM_LIFETIME(
            "6h",
            "a stream ends politely after this long, or up to a quarter sooner, and its reader comes back to whichever"
                    + " broker there is; 0s: never"),
    STREAM_BYTES("64KiB", "bytes written to a reader and not accepted, above which it is behind"),
    STREAM_PENDING_BYTES(
            "0",
            "bytes written to all readers together and not accepted: above half of it a reader that holds any gets no"
                    + " more, above it such a reader is evicted; 0: a quarter of the largest heap"),
    STREAMS_PER_USER("200", "streams that one caller with a credential reads at a broker; more are refused with 429"),
    STREAM_DEVICES("10000", "devices on one stream at most"),
    FOLLOWED_DEVICES("200000", "devices on all streams of this broker at most, each counted once per stream"),
    FLEET_DEVICES("100000", "devices in one fleet at most"),
    BALENA_PROCESSING_INTERVAL(
            "3s", "a device's open log-stream hears 102 Processing this often; 0s: never, for proxies that mind"),
    BALENA_API("false", "answer what balena's SDK and CLI ask before logs: device, service and who they are"),
    SOCKET_RECEIVE_BUFFER("64KiB", "SO_RCVBUF of accepted connections: what a paused device can still push"),
    SOCKET_SEND_BUFFER("64KiB", "SO_SNDBUF of accepted connections: what a stalled reader holds in the kernel"),
    READY_WITHOUT_STORAGE(
            "false",
            "stay ready while storage is unavailable, once it has answered: balancers keep all brokers, whose streams"
                    + " stay open"),
    DRAIN_TIME("10s", "how long a stop may take; readers are asked to come back spread over half of it"),
    DRAIN_DELAY(
            "0s",
            "from a stop until readers and devices are sent away; readiness is red meanwhile, for balancers that ask"
                    + " for it");

    private final @Nullable String absent;
    private final String meaning;

    Setting(@Nullable String absent, String meaning) {
        this.absent = absent;
        this.meaning = meaning;
    }

    /** As on the command line, without the dashes: {@code ring-capacity}. */
    public String option() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** As in the environment: {@code TAILRACE_RING_CAPACITY}. */
    public String variable() {
        return "TAILRACE_" + name();
    }

    /** The value when it is not set, or null. */
    public @Nullable String absent() {
        return absent;
    }

    /** One line for help, README and chart. */
    public String meaning() {
        return meaning;
    }

    /** Whether it is a switch, given without a value. */
    public boolean isSwitch() {
        return "false".equals(absent);
    }
}
