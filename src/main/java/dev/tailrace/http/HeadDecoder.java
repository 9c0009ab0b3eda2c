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
 * Limits the number of headers of an HTTP/1.1 request. Netty limits only their bytes, and for each added header Vert.x looks through all
 * headers of the same name: 64 KiB of headers of five bytes take an event loop a tenth of a second, and as objects thirty times that
 * memory. Uses classes below the API of Vert.x, which has no setting for it. {@link HeadersOfHttp2} counts the headers of HTTP/2.
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
     * Installs itself on a connection that has just opened. Does nothing for HTTP/2, or if it is installed already: Vert.x shows a
     * connection of {@link CleartextHead} after its first head was read, and replacing the decoder then would lose the body.
     */
    public static void install(HttpConnection connection, int headerBytes) {
        install(((ConnectionBase) connection).channel().pipeline(), headerBytes);
    }

    /** Bytes that the replaced decoder has not decoded go to the new one. */
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
