package dev.tailrace.server;

import dev.tailrace.config.HttpSettings;
import dev.tailrace.config.Settings;
import dev.tailrace.config.SocketSettings;
import dev.tailrace.ingest.lines.WebSocketIngest;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Options of the HTTP server for devices and readers. Its socket buffers are small, because the kernel would otherwise hold megabytes
 * for each paused device and stalled reader. There is no idle timeout: devices may be silent, and the heartbeats of streams detect
 * lost readers. There is no compression: an event that a thousand readers share would be deflated a thousand times, and a WebSocket
 * keeps a window per connection. Thread mode is strict, because everything is written on the connection's event loop, and a queue for
 * writes from other threads would take most of a kilobyte per connection.
 */
final class HttpOptions {

    private static final int WEBSOCKET_CLOSE_SECONDS = 5;

    private static final int HTTP2_RESETS_SECONDS = 30;

    /** The initial window of a connection, which cannot be smaller (RFC 9113, section 6.9.2). */
    private static final int HTTP2_MIN_WINDOW = 65_535;

    private HttpOptions() {}

    static HttpServerOptions of(Settings settings) {
        HttpSettings http = settings.http();
        SocketSettings sockets = settings.sockets();
        return new HttpServerOptions()
                .setStrictThreadMode(true)
                .setReceiveBufferSize(sockets.receiveBuffer())
                .setSendBufferSize(sockets.sendBuffer())
                .setTcpNoDelay(true)
                .setAcceptBacklog(4096)
                .setSslHandshakeTimeout(http.requestTimeout().toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setHandle100ContinueAutomatically(true)
                .setMaxHeaderSize(http.headerBytes())
                .setMaxInitialLineLength(http.headerBytes())
                .setHttp2ClearTextEnabled(http.http2Cleartext())
                .setInitialSettings(http2(http, sockets))
                .setHttp2ConnectionWindowSize(connectionWindow(http, sockets))
                .setHttp2RstFloodMaxRstFramePerWindow(http.http2Resets())
                .setHttp2RstFloodWindowDuration(HTTP2_RESETS_SECONDS)
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS)
                .setMaxWebSocketFrameSize(settings.ingest().frameBytes())
                .setMaxWebSocketMessageSize(Integer.MAX_VALUE) // messages are read frame by frame
                .setWebSocketSubProtocols(List.of(WebSocketIngest.TEXT_PROTOCOL))
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setWebSocketClosingTimeout(WEBSOCKET_CLOSE_SECONDS);
    }

    // A stream is to HTTP/2 what a connection is to HTTP/1.1: a paused device can still send as much.
    private static Http2Settings http2(HttpSettings http, SocketSettings sockets) {
        return new Http2Settings()
                .setMaxConcurrentStreams(http.http2Streams())
                .setMaxHeaderListSize(http.headerBytes())
                .setPushEnabled(false)
                .setInitialWindowSize(sockets.receiveBuffer());
    }

    // The windows of all streams together, so that paused streams never keep another one from sending.
    private static int connectionWindow(HttpSettings http, SocketSettings sockets) {
        long all = (long) http.http2Streams() * sockets.receiveBuffer();
        return (int) Math.min(Integer.MAX_VALUE, Math.max(HTTP2_MIN_WINDOW, all));
    }
}
