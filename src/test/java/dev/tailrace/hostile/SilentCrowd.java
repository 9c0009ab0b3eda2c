package dev.tailrace.hostile;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Opens connections and says nothing on them, or the begin of something, in a process of its own, until its input ends. */
final class SilentCrowd {

    private SilentCrowd() {}

    /** A crowd whose connections are all open, or were closed by the broker. */
    record Gathered(Process process) implements AutoCloseable {
        @Override
        public void close() throws InterruptedException {
            process.destroyForcibly().waitFor();
        }
    }

    /** Starts the process of a crowd, and waits until all have connected. */
    static Gathered gather(int count, int port) throws IOException {
        return gather(count, port, "");
    }

    /** @param begin what each of them says */
    static Gathered gather(int count, int port, String begin) throws IOException {
        Process process = HostileTools.java(SilentCrowd.class, "" + port, "" + count, begin);
        String first = HostileTools.firstLine(process);
        if (!("connected " + count).equals(first)) {
            process.destroyForcibly();
            throw new AssertionError(first);
        }
        return new Gathered(process);
    }

    /** @param arguments port, how many, and what each says */
    public static void main(String[] arguments) throws IOException {
        var broker = new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0]));
        List<SocketChannel> crowd = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
            SocketChannel one = SocketChannel.open(broker);
            one.write(ByteBuffer.wrap(arguments[2].getBytes(StandardCharsets.US_ASCII)));
            crowd.add(one);
        }
        System.out.println("connected " + crowd.size());
        while (System.in.read() >= 0) {
            // the test ends this process by closing its input
        }
    }
}
