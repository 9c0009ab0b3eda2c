package dev.tailrace.http;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.AsciiString;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.http1.VertxHttpRequestDecoder;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Bounds how many headers a request of HTTP/1.1 has. Netty bounds their bytes only, and Vert.x looks through all headers of a name for each
 * that is added: 64 KiB of five bytes each take an event loop a tenth of a second, and as objects thirty times that memory. Looks below Vert.x,
 * which has no setting for it. Those of HTTP/2 are counted by {@link HeadersOfHttp2}.
 */
public final class HeadDecoder extends VertxHttpRequestDecoder {

    /** Browsers and proxies send a few dozen. */
    public static final int MAX_HEADERS = 256;

    private static final String NAME = "httpDecoder"; // in Vert.x's pipeline

    private int headers;

    private HeadDecoder(Http1ServerConfig config) {
        super(config);
    }

    /**
     * For a connection that has just opened. One that has it already stays as it is, and so does one of HTTP/2. A connection that
     * {@link CleartextHead} looks at is shown by Vert.x when its first head was read; replaced then, the decoder would lose the body.
     */
    public static void install(HttpConnection connection, int headerBytes) {
        install(((ConnectionBase) connection).channel().pipeline(), headerBytes);
    }

    /** What the decoder that is replaced has not decoded goes to the new one. */
    static void install(ChannelPipeline pipeline, int headerBytes) {
        ChannelHandler decoder = pipeline.get(NAME);
        if (decoder instanceof VertxHttpRequestDecoder && !(decoder instanceof HeadDecoder)) {
            var config = new Http1ServerConfig().setMaxHeaderSize(headerBytes).setMaxInitialLineLength(headerBytes);
            pipeline.replace(NAME, NAME, new HeadDecoder(config));
        }
    }

    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        headers = 0;
        return super.createMessage(initialLine);
    }

    @Override
    protected AsciiString splitHeaderName(byte[] bytes, int start, int length) {
        headers++;
        if (headers > MAX_HEADERS) {
            throw new TooLongHttpHeaderException("more than " + MAX_HEADERS + " headers");
        }
        return super.splitHeaderName(bytes, start, length);
    }
}
