package dev.tailrace.perf;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The limit on this JVM: speaks as much of Tailrace's surface as the load command needs, stores nothing, and writes what
 * arrived in one turn of the event loop as one shared buffer to each reader.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a connection that fails is closed, and nobody waits for it
public final class BareNettyServer {

    private static final String STREAM_HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    private static final WriteBufferWaterMark FEW = new WriteBufferWaterMark(4 << 20, 8 << 20);

    // One event loop touches all of these.
    private final Map<String, Topic> topics = new HashMap<>();

    private BareNettyServer() {}

    public static void main(String[] args) throws InterruptedException {
        var loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        var server = new BareNettyServer();
        new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, FEW)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpServerCodec(), new HttpObjectAggregator(65536), server.new Doorman());
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]))
                .sync()
                .channel()
                .closeFuture()
                .sync();
    }

    /** Makes of each connection a device's or a reader's. */
    private final class Doorman extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            String[] path = request.uri().split("[/?]"); // "", api, v1, devices, DEVICE, ...
            Topic topic = topics.computeIfAbsent(path[4], name -> new Topic());
            Channel channel = context.channel();
            if (request.uri().contains("/ingest")) {
                channel.pipeline().replace(this, "lines", new Lines(topic));
                var handshaker = new WebSocketServerHandshakerFactory("", null, false, 8 << 20).newHandshaker(request);
                handshaker.handshake(channel, request).addListener(done -> {
                    if (!done.isSuccess()) {
                        channel.close();
                    }
                });
            } else {
                List.copyOf(channel.pipeline().names()).forEach(name -> {
                    if (channel.pipeline().get(name) != null) {
                        channel.pipeline().remove(name);
                    }
                });
                channel.writeAndFlush(topic.join(channel), channel.voidPromise());
            }
        }
    }

    /** Takes a device's lines and acknowledges what arrived in one turn. */
    private static final class Lines extends SimpleChannelInboundHandler<TextWebSocketFrame> {
        private final Topic topic;
        private byte[] work = new byte[4096];

        Lines(Topic topic) {
            this.topic = topic;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame frame) {
            ByteBuf lines = frame.content();
            int length = lines.readableBytes();
            if (work.length < length) {
                work = new byte[length * 2];
            }
            lines.getBytes(lines.readerIndex(), work, 0, length);
            for (int from = 0; from < length; ) {
                int end = from;
                while (end < length && work[end] != '\n') {
                    end++;
                }
                topic.line(context.channel(), work, from, end);
                from = end + 1;
            }
        }
    }

    /** One device's readers, and what goes out to them with this turn. */
    private static final class Topic {
        private static final int CHUNK_HEAD = "00000000\r\n".length();
        private static final int SEQ = "{\"seq\":".length();
        private static final byte[] DATA = ascii("\ndata: {\"id\":\"bare-");
        private static final byte[] TIMESTAMP = ascii(",\"timestamp\":");
        private static final byte[] RECEIVED = ascii("\",\"receivedAt\":");
        private static final byte[] ID = ascii("id: bare-");
        private static final byte[] END = ascii("\n\n");
        private static final byte[] CRLF = ascii("\r\n");

        private final List<Channel> readers = new ArrayList<>();
        private long offset;
        private long flushed; // the offset after which new readers begin
        private long acknowledged;
        private Channel device;
        private ByteBuf out;

        private static byte[] ascii(String text) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }

        /** Lets a reader have what comes from now on, and says where that is. */
        ByteBuf join(Channel reader) {
            readers.add(reader);
            reader.closeFuture().addListener(closed -> readers.remove(reader));
            String place = "id: bare-" + flushed + "\n\n";
            return Unpooled.copiedBuffer(
                    STREAM_HEAD + Integer.toHexString(place.length()) + "\r\n" + place + "\r\n",
                    StandardCharsets.US_ASCII);
        }

        void line(Channel from, byte[] line, int start, int end) {
            if (out == null) {
                out = from.alloc().directBuffer(64 * 1024).writeZero(CHUNK_HEAD);
                from.eventLoop().execute(this::flush);
            }
            device = from;
            long seq = 0;
            int at = start + SEQ;
            for (; line[at] != ','; at++) {
                seq = seq * 10 + line[at] - '0';
            }
            acknowledged = seq;
            byte[] number = ascii(Long.toString(++offset));
            byte[] now = ascii(Long.toString(System.currentTimeMillis()));
            out.writeBytes(ID).writeBytes(number).writeBytes(DATA).writeBytes(number);
            out.writeBytes(RECEIVED).writeBytes(now).writeBytes(TIMESTAMP).writeBytes(now);
            out.writeBytes(line, at, end - at).writeBytes(END); // from the comma before the message on
        }

        private void flush() {
            ByteBuf all = out;
            out = null;
            flushed = offset;
            String size = String.format("%08x", all.readableBytes() - CHUNK_HEAD);
            all.setBytes(0, ascii(size + "\r\n"));
            all.writeBytes(CRLF);
            for (int i = readers.size() - 1; i >= 0; i--) {
                Channel reader = readers.get(i);
                if (reader.isWritable()) {
                    reader.writeAndFlush(all.retainedDuplicate(), reader.voidPromise());
                } else {
                    reader.close();
                }
            }
            ReferenceCountUtil.release(all);
            ByteBuf ack = device.alloc().directBuffer(64);
            ByteBufUtil.writeAscii(ack, "{\"ack\":" + acknowledged + "}");
            device.writeAndFlush(new TextWebSocketFrame(ack), device.voidPromise());
        }
    }
}
