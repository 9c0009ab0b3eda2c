package dev.tailrace.cli.canary;

import dev.tailrace.client.Backoff;
import dev.tailrace.client.BrokerUrl;
import dev.tailrace.client.ByteStream;
import dev.tailrace.client.Console;
import dev.tailrace.client.ErrorText;
import dev.tailrace.client.EventStreamParser;
import dev.tailrace.client.Http;
import dev.tailrace.client.JsonFields;
import dev.tailrace.client.Query;
import dev.tailrace.client.ReceivedEntry;
import dev.tailrace.client.RefusedException;
import dev.tailrace.client.SafeText;
import dev.tailrace.client.Silence;
import dev.tailrace.model.DeviceId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A reader of the canary: follows one device through any broker, resumes where it was, and records all entries and gaps
 * in a {@link Ledger}. Before it resumes it reads the newest entries of the device's history, whose positions have to
 * name the same lines.
 */
final class CanaryReader implements EventStreamParser.Listener {

    private static final Duration HEAD = Duration.ofSeconds(3);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

    /** Number of recent events that are shown with a fault. */
    private static final int LATEST_EVENTS = 12;

    private static final int MAX_FAULTS_TOLD = 20;

    /** Entries of history that are read before each stream but the first. */
    private static final int HISTORY = 500;

    private final DeviceId device;
    private final List<BrokerUrl> urls;
    private final Http http;
    private final Console console;
    private final Duration longestSilence;
    private final Pattern ours;
    private final Backoff backoff = new Backoff(Backoff.FIRST, LONGEST_WAIT);
    private final Ledger ledger = new Ledger();
    private final PositionNames names;
    private final CountDownLatch opened = new CountDownLatch(1);
    private final Thread thread;
    private final Deque<String> latest = new ArrayDeque<>(LATEST_EVENTS);
    private int faultsTold;
    private Silence silence;
    private @Nullable String place;
    private int turn;
    private volatile boolean stopped;
    private volatile long connects;
    private volatile long heardAt = System.nanoTime();
    private volatile long slowestMillis;

    /**
     * @param run the run whose lines count
     * @param turn index of the first broker
     * @param silence after which a connection is considered dead, or less when the broker's heartbeat interval is
     *     shorter
     * @param names shared by all readers of the device
     */
    CanaryReader(
            DeviceId device,
            String run,
            List<BrokerUrl> urls,
            int turn,
            Http http,
            Console console,
            Duration silence,
            PositionNames names) {
        this.device = device;
        this.names = names;
        this.urls = urls;
        this.turn = turn;
        this.http = http;
        this.console = console;
        this.longestSilence = silence;
        this.silence = new Silence(silence);
        this.ours = Pattern.compile("canary " + Pattern.quote(run) + " (\\d{1,15})( x*)?");
        this.thread = new Thread(this::run, "canary-reader-" + device);
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Whether its stream has begun, so that it has to receive all lines written from now on. */
    boolean awaitOpened(Duration limit) throws InterruptedException {
        return opened.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void run() {
        try {
            while (!stopped) {
                try {
                    BrokerUrl url = urls.get(turn++ % urls.size());
                    readHistory(url);
                    follow(url);
                } catch (RefusedException refused) {
                    if (refused.isLasting()) {
                        console.report("tailrace canary: " + device + " cannot be read: " + ErrorText.of(refused));
                        return;
                    }
                    backoff.askOnce(refused.retryAfter());
                } catch (IOException lost) {
                    // a lost connection is expected; the ledger reports whether lines were lost
                }
                Thread.sleep(backoff.next().toMillis());
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private void readHistory(BrokerUrl url) throws IOException, InterruptedException {
        if (connects == 0) {
            return;
        }
        var query = new Query().with("format", "ndjson").with("limit", String.valueOf(HISTORY));
        var address = url.http("/api/v1/devices/" + device + "/logs", query);
        try (Stream<String> lines = http.get(address, "application/x-ndjson", BodyHandlers.ofLines(), HEAD)) {
            for (Iterator<String> each = lines.iterator(); each.hasNext(); ) {
                ReceivedEntry entry = ReceivedEntry.read(each.next(), device);
                long number = numberOf(entry);
                if (number > 0 && !names.add(entry.position(), number)) {
                    remember(number + " at " + entry.position() + " in the history");
                    reportFault();
                }
            }
        } catch (UncheckedIOException lost) {
            throw new IOException(ErrorText.of(lost), lost);
        }
    }

    private void follow(BrokerUrl url) throws IOException, InterruptedException {
        var parser = new EventStreamParser(this);
        silence = new Silence(longestSilence);
        var query = new Query().with("tail", "0");
        String last = place;
        if (last != null) {
            query = new Query().with("after", last);
        }
        var address = url.http("/api/v1/devices/" + device + "/logs/stream", query);
        try (ByteStream stream = http.get(address, "text/event-stream", ByteStream.handler(), HEAD)) {
            connects++;
            remember("connection " + connects + " to " + url + " after " + last);
            byte[] piece = stream.next(patience());
            while (piece != null && !stopped) {
                backoff.succeeded();
                parser.feed(piece, 0, piece.length);
                piece = stream.next(patience());
            }
        }
    }

    private Duration patience() {
        Duration limit = silence.limit();
        return limit.compareTo(longestSilence) < 0 ? limit : longestSilence;
    }

    void stop() {
        stopped = true;
        thread.interrupt();
    }

    // ---- events from the parser

    @Override
    public void event(String type, String data) {
        try {
            switch (type) {
                case "message" -> onEntry(ReceivedEntry.read(data, device));
                case "gap" -> {
                    remember("gap " + data);
                    JsonFields gap = JsonFields.read(data);
                    ledger.gap(gap.has("count") ? Long.valueOf(gap.number("count", 0)) : null);
                }
                case "clear" -> {
                    remember("clear " + data);
                    ledger.cleared();
                }
                case "alive" -> silence.alive(data);
                default -> remember(type + " " + data); // status and bye events
            }
        } catch (IOException | IllegalArgumentException unreadable) {
            console.report("tailrace canary: " + SafeText.plain(ErrorText.of(unreadable)));
        }
    }

    private void onEntry(ReceivedEntry entry) {
        long number = numberOf(entry);
        if (number == 0) {
            return;
        }
        remember(number + " at " + entry.position());
        Ledger.Sums before = ledger.sums();
        ledger.entry(entry.position(), number);
        boolean isTrue = names.add(entry.position(), number);
        if (!isTrue || !ledger.sums().sameFaults(before)) {
            reportFault();
        }
        heardAt = System.nanoTime();
        slowestMillis = Math.max(slowestMillis, System.currentTimeMillis() - entry.timestamp());
    }

    /** The number in a line of this run; 0 for any other line. */
    private long numberOf(ReceivedEntry entry) {
        Matcher line = ours.matcher(entry.message());
        return line.matches() ? Long.parseLong(line.group(1)) : 0;
    }

    private void remember(String event) {
        if (latest.size() == LATEST_EVENTS) {
            latest.removeFirst();
        }
        latest.addLast(event);
    }

    private void reportFault() {
        faultsTold++;
        if (faultsTold <= MAX_FAULTS_TOLD) {
            console.report("tailrace canary: broken promise to a reader of " + device + ", connection "
                    + connects + ": " + ledger.sums() + ", " + names.renamed()
                    + " positions named two lines; the latest events: "
                    + SafeText.plain(String.join(", ", latest)));
        }
    }

    @Override
    public void place(String lastEventId) {
        place = lastEventId;
        opened.countDown();
    }

    @Override
    public void retry(long millis) {
        backoff.ask(Duration.ofMillis(millis));
    }

    // ---- state

    DeviceId device() {
        return device;
    }

    Ledger ledger() {
        return ledger;
    }

    PositionNames names() {
        return names;
    }

    long connects() {
        return connects;
    }

    /** Time since its last line. */
    long quietMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - heardAt);
    }

    /** The longest time from the creation of a line to its arrival since the last call. */
    long takeSlowestMillis() {
        long slowest = slowestMillis;
        slowestMillis = 0;
        return slowest;
    }
}
