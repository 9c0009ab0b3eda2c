package dev.tailrace.hostile;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** Begins TLS handshakes as fast as it can and finishes none, which costs it nothing and the broker a signature each; in a process of its own. */
final class HandshakeCrowd {

    private static final int HELD = 300;

    private HandshakeCrowd() {}

    /** @param arguments port, the address to come from, and for how many seconds */
    public static void main(String[] arguments) throws Exception {
        var broker = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
        byte[] hello = hello();
        Queue<Socket> held = new ArrayDeque<>();
        long end = System.nanoTime() + Integer.parseInt(arguments[2]) * 1_000_000_000L;
        int begun = 0;
        while (System.nanoTime() < end) {
            var socket = new Socket();
            held.add(socket);
            try {
                socket.setSoLinger(true, 0); // or its port stays taken for a minute, and there are soon none left
                socket.bind(new InetSocketAddress(InetAddress.getByName(arguments[1]), 0));
                socket.connect(broker, 1000);
                socket.getOutputStream().write(hello);
                begun++;
            } catch (IOException refused) {
                // the next may be taken
            }
            if (held.size() > HELD) {
                held.remove().close();
            }
        }
        System.out.println(begun + " handshakes begun");
    }

    private static byte[] hello() throws Exception {
        SSLEngine engine = SSLContext.getDefault().createSSLEngine("localhost", 0);
        engine.setUseClientMode(true);
        engine.beginHandshake();
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        byte[] hello = new byte[record.position()];
        record.flip().get(hello);
        return hello;
    }
}
