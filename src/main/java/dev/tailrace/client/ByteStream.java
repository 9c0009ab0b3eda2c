package dev.tailrace.client;

import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, piece by piece as it arrives, with a limit on each wait: an {@code InputStream} would wait
 * forever on a connection that died silently. Holds one piece; while it is not taken, TCP applies back-pressure.
 */
public final class ByteStream implements BodySubscriber<ByteStream>, AutoCloseable {

    /** A piece, or the end of the body, which has no failure when the body is complete. */
    private record Arrival(
            List<ByteBuffer> piece, boolean end, @Nullable Throwable failure) {}

    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>(); // one piece and one end at most
    private volatile Flow.@Nullable Subscription subscription;

    private ByteStream() {}

    public static BodyHandler<ByteStream> handler() {
        return head -> new ByteStream();
    }

    /** Completes at once, because an endless body never arrives as a whole. */
    @Override
    public CompletionStage<ByteStream> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    /**
     * Waits for the next piece.
     *
     * @return null at the end
     * @throws IOException when the connection failed, or nothing arrived within the limit
     */
    public byte @Nullable [] next(Duration limit) throws IOException, InterruptedException {
        Arrival arrival = arrivals.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (arrival == null) {
            throw new IOException("nothing received for " + limit.toSeconds() + " s");
        }
        if (arrival.end()) {
            Throwable failure = arrival.failure();
            if (failure != null) {
                throw new IOException(ErrorText.of(failure), failure);
            }
            return null;
        }
        request();
        return join(arrival.piece());
    }

    private static byte[] join(List<ByteBuffer> piece) {
        int size = piece.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer joined = ByteBuffer.allocate(size);
        piece.forEach(joined::put);
        return joined.array();
    }

    private void request() {
        Flow.Subscription given = subscription;
        if (given != null) {
            given.request(1);
        }
    }

    @Override
    public void close() {
        Flow.Subscription given = subscription;
        if (given != null) {
            given.cancel();
        }
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        subscription = given;
        request();
    }

    @Override
    public void onNext(List<ByteBuffer> piece) {
        arrivals.add(new Arrival(piece, false, null));
    }

    @Override
    public void onError(Throwable failure) {
        arrivals.add(new Arrival(List.of(), true, failure));
    }

    @Override
    public void onComplete() {
        arrivals.add(new Arrival(List.of(), true, null));
    }
}
