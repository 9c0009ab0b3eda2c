package dev.tailrace.testing;

import dev.tailrace.testing.EventReader.Event;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Follows one device by server-sent events on a thread of its own, and has a {@link DeliveryAudit} account for all that comes. The
 * bytes are read by an {@link SseReader}, which a test uses itself where it is to read only when the test says so.
 */
public final class TestReader implements AutoCloseable {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final int RECEIVE_BUFFER = 512 * 1024;
    private static final long RETRY_MILLIS = 20;

    private final IntSupplier port;
    private final @Nullable SSLContext tls;
    private final String path;
    private final boolean comesBack;
    private final DeliveryAudit audit;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile @Nullable SseReader stream;

    // Guarded by this.
    private final List<String> messages = new ArrayList<>();
    private int connects;
    private boolean paused;
    private boolean ended;

    private TestReader(
            IntSupplier port, @Nullable SSLContext tls, String device, boolean comesBack, DeliveryAudit audit) {
        this.port = port;
        this.tls = tls;
        this.path = "/api/v1/devices/" + device + "/logs/stream";
        this.comesBack = comesBack;
        this.audit = audit;
        Thread thread = new Thread(this::run, "reader of " + device);
        thread.setDaemon(true);
        thread.start();
    }

    /** Reads one stream, which is open when this returns, to its end; keeps the messages. */
    public static TestReader open(RunningBroker broker, String device) {
        return open(broker.port(), broker.tls(), device);
    }

    /** @param tls to speak TLS, or null */
    public static TestReader open(int port, @Nullable SSLContext tls, String device) {
        TestReader reader = new TestReader(() -> port, tls, device, false, new DeliveryAudit());
        try {
            reader.await("the stream", reader.audit::isOpened);
            return reader;
        } catch (AssertionError failed) {
            reader.close();
            throw failed;
        }
    }

    /**
     * Reads the lines of a {@link TestDevice}, and comes back by Last-Event-ID whenever its stream ends; keeps no messages, because they
     * may be many.
     */
    public static TestReader comingBack(IntSupplier port, String device) {
        return new TestReader(port, null, device, true, DeliveryAudit.ofNumberedLines());
    }

    // ---- what the test does

    public DeliveryAudit audit() {
        return audit;
    }

    /** Waits until so many entries came, and returns the messages of all that came; fails when the audit found a violation. */
    public synchronized List<String> messages(int count) {
        await("message " + count, () -> messages.size() >= count);
        audit.assertSound();
        return List.copyOf(messages);
    }

    /** How often it has got a stream. */
    public synchronized int connects() {
        return connects;
    }

    /** Ends the stream in the middle of what is on its way. */
    public void cut() {
        SseReader current = stream;
        if (current != null) {
            current.cut();
        }
    }

    /** Stops reading, as a browser in the background might. */
    public synchronized void pause() {
        paused = true;
    }

    public synchronized void resume() {
        paused = false;
        notifyAll();
    }

    @Override
    public void close() {
        closing.countDown();
        resume();
        cut();
    }

    private interface Condition {
        boolean holds();
    }

    private synchronized void await(String what, Condition condition) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.holds()) {
            long left = end - System.nanoTime();
            if (ended || left <= 0) {
                throw new AssertionError(what + (ended ? ": the stream ended" : " did not come") + " after "
                        + audit.entries() + " entries; " + audit.violations() + audit.events());
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    // ---- its thread

    private void run() {
        do {
            String last = audit.token();
            String[] resume = last == null ? new String[0] : new String[] {"Last-Event-ID", last};
            try (SseReader reader = new SseReader(tls, port.getAsInt(), RECEIVE_BUFFER, path, resume)) {
                stream = reader;
                read(reader);
            } catch (UncheckedIOException cut) {
                // by the test, by the broker, or nobody listens: what came before counts
            } catch (RuntimeException | AssertionError malformed) {
                audit.violation("malformed: " + malformed);
            }
        } while (comesBack && !isClosedWithin(RETRY_MILLIS));
        synchronized (this) {
            ended = true;
            notifyAll();
        }
    }

    private void read(SseReader reader) {
        if (isClosedWithin(0) || reader.status() != 200) {
            return;
        }
        synchronized (this) {
            connects++;
        }
        for (Event event = reader.next(); event != null && !isClosedWithin(0); event = reader.next()) {
            take(event);
        }
    }

    private synchronized void take(Event event) {
        while (paused) {
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        audit.accept(event);
        if (!comesBack && event.isEntry()) {
            messages.add(event.json().getString("message"));
        }
        notifyAll();
    }

    private boolean isClosedWithin(long millis) {
        try {
            return closing.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
