package dev.tailrace.broker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.metrics.Metrics;
import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Gap;
import dev.tailrace.model.Line;
import dev.tailrace.model.Position;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingOptions;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.Storage;
import dev.tailrace.storage.redis.RedisStorage;
import dev.tailrace.storage.redis.link.RedisEvents;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.storage.redis.link.RedisUri;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RespClient.RedisError;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Promise 1 against real storage that loses acknowledged entries in every way that it can: two Redis servers in
 * replication, which come back with older dumps, are partitioned, promoted, demoted and failed back, and three brokers
 * that restart and know different parts. What must hold: a position never names two lines, among all that was
 * acknowledged, announced and read; a reader gets each line that the ring still has, once and in order, and gets a gap
 * when a line that was acknowledged is lost. Readers throw in their callbacks now and then, and resume.
 *
 * <p>Runs for {@code -Dtailrace.model.seconds} (default 25) with {@code -Dtailrace.model.seed} (default: another one
 * each time; it is part of each failure).
 */
final class LostTailModelTest {

    private static final long RUN_NANOS = SECONDS.toNanos(Long.getLong("tailrace.model.seconds", 25));
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int BROKERS = 3;
    private static final int READERS = 6;
    private static final int CALLS_PER_EXCEPTION = 60;
    private static final RingOptions OPTIONS = new RingOptions(1_000_000, Duration.ofHours(1));
    private static final RedisLimits LIMITS =
            new RedisLimits(Duration.ofSeconds(1), Duration.ofSeconds(1), 4096, 1 << 26);

    private final long seed = Long.getLong("tailrace.model.seed", System.nanoTime() & 0xffff_ffffL);
    private final Random random = new Random(seed);
    private final List<DeviceId> devices =
            IntStream.range(0, 3).mapToObj(i -> new DeviceId("d" + i)).toList();
    private final List<BrokerNode> brokers = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private final Map<DeviceId, Producer> producers = new HashMap<>();
    private final Map<String, String> names = new ConcurrentHashMap<>();
    private final Map<DeviceId, Set<Acknowledged>> acknowledged = new ConcurrentHashMap<>(); // since the last check
    private final Map<DeviceId, String> epochAtLastCheck = new HashMap<>();
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final List<String> story = new ArrayList<>();
    private RedisProcess master = RedisProcess.start();
    private RedisProcess replica = RedisProcess.replicaOf(master);
    private int lines;

    @AfterEach
    void closeAll() {
        brokers.forEach(BrokerNode::close);
        master.close();
        replica.close();
    }

    /** A line that was stored, and the epoch that its offset was given out in. */
    private record Acknowledged(String epoch, String message) {}

    private void fault(String what) {
        if (faults.size() < 20) {
            faults.add(what);
        }
    }

    /** A position names a line. */
    private void name(DeviceId device, String epoch, long offset, String message, String source) {
        String position = device + " " + epoch + "-" + offset;
        String before = names.putIfAbsent(position, message);
        if (before != null && !before.equals(message)) {
            fault(position + " names " + before + " and, " + source + ", " + message);
        }
    }

    // ---- brokers

    /** One broker process, as storage and readers see it. */
    private final class BrokerNode {
        private final String url;
        private final boolean watches;
        private @Nullable Vertx vertx;
        private @Nullable Storage storage;
        private volatile Started started; // the former one while it restarts, which answers or refuses
        private int life;
        private long writes;

        /** One object, because a broker must be called on its own loop, never on that of its next life. */
        private record Started(Context loop, Broker broker) {}

        /** @param first the server that it asks first */
        BrokerNode(RedisProcess first, RedisProcess second, boolean watches) {
            this.url = "redis://127.0.0.1:" + first.port() + ",127.0.0.1:" + second.port();
            this.watches = watches;
            open();
        }

        void open() {
            life++;
            writes = 0;
            vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
            storage = get(RedisStorage.connect(
                    vertx, RedisUri.parse(url), LIMITS, OPTIONS, new Announcements(vertx), RedisEvents.NONE));
            get(vertx.deployVerticle(new VerticleBase() {
                @Override
                public Future<?> start() {
                    return storage.stores(new EndOfTick(vertx.getOrCreateContext()))
                            .onSuccess(stores -> {
                                BrokerMeters meters = new BrokerMeters(new Metrics(new SimpleMeterRegistry()));
                                Broker broker = new Broker(
                                        vertx,
                                        stores.ring(),
                                        stores.devices(),
                                        new Activity(),
                                        meters,
                                        new StreamBudget(Long.MAX_VALUE),
                                        new FilterShares(vertx, meters));
                                started = new Started(context, broker);
                                if (watches) {
                                    devices.forEach(
                                            device -> stores.ring().watch(device, heard -> announced(device, heard)));
                                }
                            });
                }
            }));
        }

        private void announced(DeviceId device, Announcement heard) {
            if (heard instanceof Announcement.Stored stored) {
                List<String> messages = messages(stored.entries());
                for (int i = 0; i < messages.size(); i++) {
                    name(device, stored.epoch(), stored.first() + i, messages.get(i), "as announced");
                }
            }
        }

        void close() {
            if (storage != null && vertx != null) {
                Vertx closing = vertx;
                get(storage.close().compose(closed -> closing.close()));
                storage = null;
            }
        }

        <T> Future<T> call(java.util.function.Function<Broker, Future<T>> call) {
            var promise = io.vertx.core.Promise.<T>promise();
            Started asked = started;
            try {
                asked.loop.runOnContext(there -> outcome(call, asked.broker).onComplete(promise));
            } catch (RejectedExecutionException stopped) {
                promise.fail(stopped); // it is about to restart
            }
            return promise.future();
        }

        /** A call that throws has an outcome too, or its sender would wait for ever for an unknown reason. */
        private <T> Future<T> outcome(java.util.function.Function<Broker, Future<T>> call, Broker asked) {
            try {
                return call.apply(asked);
            } catch (RuntimeException thrown) {
                fault("a call threw " + thrown);
                return Future.failedFuture(thrown);
            }
        }
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> messages(Entries entries) {
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            int start = entries.start(i);
            messages.add(message(new String(entries.bytes(), start, entries.end(i) - start, StandardCharsets.UTF_8)));
        }
        return messages;
    }

    private static String message(String json) {
        String opening = "\"message\":\"";
        int from = json.indexOf(opening) + opening.length();
        return json.substring(from, json.indexOf('"', from));
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    // ---- senders

    /** A program that numbers its lines and sends a batch through any broker until it is stored. */
    private static final class Producer {
        long last;
        volatile boolean busy;
    }

    private void append() {
        DeviceId device = any(devices);
        BrokerNode broker = any(brokers);
        switch (random.nextInt(3)) {
            case 0 -> send(device, broker, Batch.of(entries(newLines())));
            case 1 -> {
                String writer = "w" + brokers.indexOf(broker) + "-" + broker.life + "-" + device;
                List<String> some = newLines();
                // Sent twice, as after a lost answer.
                Batch batch = new Batch(writer + (broker.writes++), 1, null, new long[0], entries(some));
                send(device, broker, batch);
                send(device, broker, batch);
            }
            default -> produce(device);
        }
    }

    private List<String> newLines() {
        return IntStream.rangeClosed(0, random.nextInt(3))
                .mapToObj(i -> "line" + lines++)
                .toList();
    }

    private static Entries entries(List<String> messages) {
        var entries = new Entries.Builder(64);
        messages.forEach(message -> Line.of(message).writeTo(entries, 1));
        return entries.build();
    }

    private Future<RingStore.Appended> send(DeviceId device, BrokerNode through, Batch batch) {
        underWay.incrementAndGet();
        return through.call(broker -> broker.publish(device, batch)).onComplete(answer -> {
            if (answer.succeeded()) {
                onAcknowledged(device, batch, answer.result());
            }
            underWay.decrementAndGet();
        });
    }

    private void onAcknowledged(DeviceId device, Batch batch, RingStore.Appended appended) {
        List<String> messages = messages(batch.entries());
        if (appended.deduplicated() == 0) {
            long first = appended.head() - messages.size() + 1;
            for (int i = 0; i < messages.size(); i++) {
                name(device, appended.epoch(), first + i, messages.get(i), "as acknowledged");
            }
        }
        messages.forEach(message -> acknowledged.get(device).add(new Acknowledged(appended.epoch(), message)));
    }

    /** @return the last line, which is in flight; null when the one before still is */
    private @Nullable String produce(DeviceId device) {
        Producer producer = producers.computeIfAbsent(device, id -> new Producer());
        if (producer.busy) {
            return null;
        }
        producer.busy = true;
        List<String> some = newLines();
        long[] seqs =
                IntStream.range(0, some.size()).mapToLong(i -> ++producer.last).toArray();
        insist(device, producer, new Batch(null, 0, "p", seqs, entries(some)), random.nextInt(BROKERS));
        return some.get(some.size() - 1);
    }

    private void insist(DeviceId device, Producer producer, Batch batch, int turn) {
        send(device, brokers.get(turn % BROKERS), batch).onComplete(answer -> {
            if (answer.succeeded()) {
                producer.busy = false;
            } else {
                CompletableFuture.delayedExecutor(20, java.util.concurrent.TimeUnit.MILLISECONDS)
                        .execute(() -> insist(device, producer, batch, turn + 1));
            }
        });
    }

    // ---- readers

    /** Follows a device from before its first line, through one broker after the other. */
    private final class Reader {
        final DeviceId device;
        private final Map<String, Integer> received = new HashMap<>(); // by the life of the reader, each ended by a gap
        private final Random luck = new Random(random.nextLong());
        private String epoch = "";
        private long next = 1;
        private boolean changing;
        private int gaps;
        private int gapsAtLastCheck;
        private BrokerNode at;
        private @Nullable Attachment attachment;

        Reader(DeviceId device) {
            this.device = device;
            this.at = any(brokers);
        }

        void attach(BrokerNode to, Start start) {
            at = to;
            var one = new Attachment(this);
            attachment = one;
            get(to.call(broker ->
                    Future.succeededFuture(one.cursor = broker.subscribe(device, start, BrokerTestBase.ALL, one))));
        }

        /** Leaves, and returns its position. */
        Position detach() {
            Attachment one = attachment;
            attachment = null;
            get(at.call(broker -> {
                one.cursor.close();
                return Future.succeededFuture();
            }));
            synchronized (this) {
                one.over = true;
                return new Position(epoch.isEmpty() ? "0" : epoch, next - 1);
            }
        }

        void move() {
            Position place = detach();
            attach(any(brokers), new Start.After(place));
        }

        void resumeIfItFailed() {
            if (attachment.over) {
                move();
            }
        }

        synchronized void entry(String of, long offset, String message) {
            name(device, of, offset, message, "as received");
            if (!changing && !epoch.isEmpty() && !of.equals(epoch)) {
                fault("a reader of " + device + " was at " + epoch + "-" + next + " and got " + of + "-" + offset
                        + " in silence");
            } else if (!changing && offset != next) {
                fault("a reader of " + device + " got " + of + "-" + offset + " instead of " + next);
            }
            Integer before = received.put(message, gaps);
            if (before != null && before == gaps) {
                fault("a reader of " + device + " got " + message + " again at " + of + "-" + offset);
            }
            epoch = of;
            next = offset + 1;
            changing = false;
        }

        synchronized void gap(Gap gap) {
            if (gap.to() != null) {
                fault("nothing was evicted, but a reader was told of " + gap);
            }
            gaps++;
            changing = true;
        }

        void onFailed(boolean asked) {
            if (!asked) {
                fault("a reader of " + device + " was ended by an exception that the test did not throw");
            }
        }

        synchronized boolean has(String message) {
            return received.containsKey(message);
        }

        /** Everything that the ring has was received, and everything that it lost was reported. */
        synchronized void check(List<String> content, Set<String> lost) {
            for (String message : content) {
                if (!received.containsKey(message)) {
                    fault("a reader of " + device + " never got " + message);
                }
            }
            for (String message : lost) {
                if (!received.containsKey(message) && gaps == gapsAtLastCheck) {
                    fault("a reader of " + device + " was not told that " + message + " is lost");
                }
            }
            gapsAtLastCheck = gaps;
        }
    }

    /** A reader's subscription to one broker. */
    private static final class Attachment implements Subscriber {
        private final Reader reader;
        private volatile Cursor cursor;
        private volatile boolean over;
        private boolean threw; // nothing more may arrive here

        Attachment(Reader reader) {
            this.reader = reader;
        }

        @Override
        public boolean isFull() {
            return false;
        }

        @Override
        public Object caller() {
            return this;
        }

        @Override
        public void waits(Cursor waiting) {}

        @Override
        public void missedTurn(Cursor waiting) {}

        @Override
        public boolean isShared() {
            return false;
        }

        @Override
        public void opened(Cursor opened) {}

        @Override
        public void entries(Cursor from, ByteBuf encoded) {
            perhapsThrow();
            for (String line : encoded.toString(StandardCharsets.UTF_8).split("\n")) {
                int dash = line.indexOf('-');
                long offset = Long.parseLong(line.substring(dash + 1, line.indexOf('=')));
                reader.entry(line.substring(0, dash), offset, message(line));
            }
        }

        @Override
        public void gap(Cursor from, Gap gap) {
            perhapsThrow();
            reader.gap(gap);
        }

        @Override
        public void cleared(Cursor from, long offset) {}

        @Override
        public void failed(Cursor ended) {
            reader.onFailed(threw);
            over = true;
        }

        @Override
        public void storage(Cursor from, boolean away) {}

        private void perhapsThrow() {
            if (reader.luck.nextInt(CALLS_PER_EXCEPTION) == 0) {
                threw = true;
                throw new IllegalStateException("a reader's fault, which the model test asks for");
            }
        }
    }

    /** A reader with a position that was never given has to get a gap, and must not wait for the offset to come. */
    private void readBeyondTheHead() {
        DeviceId device = any(devices);
        var ring =
                get(any(brokers).call(broker -> broker.state(device)).otherwise(dev.tailrace.storage.RingState.NONE));
        if (!ring.exists()) {
            return;
        }
        Reader lost = new Reader(device);
        lost.epoch = ring.epoch();
        lost.next = ring.head() + 5000;
        lost.attach(any(brokers), new Start.After(new Position(ring.epoch(), ring.head() + 4999)));
        await("a gap of a position beyond the head").atMost(PATIENCE).until(() -> {
            lost.resumeIfItFailed();
            synchronized (lost) {
                return lost.gaps > 0;
            }
        });
        lost.detach();
    }

    // ---- faults

    private void note(String what) {
        story.add(what);
    }

    private void burst() throws InterruptedException {
        for (int i = 5 + random.nextInt(25); i > 0; i--) {
            switch (random.nextInt(12)) {
                case 0 -> any(readers).move();
                case 1 -> Thread.sleep(random.nextInt(15)); // lets appends and faults cross in other ways
                case 2 -> reattachThoseThatFailed();
                default -> append();
            }
        }
    }

    private void reattachThoseThatFailed() {
        readers.forEach(Reader::resumeIfItFailed);
    }

    private static void tell(RedisProcess server, String... command) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> {
            try {
                server.command(command);
                return true;
            } catch (RedisError | UncheckedIOException notNow) {
                return false;
            }
        });
    }

    private static void follow(RedisProcess server, RedisProcess other) {
        tell(server, "REPLICAOF", "127.0.0.1", "" + other.port());
        await("replication")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    try {
                        return ((String) server.command("INFO", "replication")).contains("master_link_status:up");
                    } catch (RedisError | UncheckedIOException notYet) {
                        return false;
                    }
                });
    }

    private void swap() {
        RedisProcess former = master;
        master = replica;
        replica = former;
    }

    private void restartABroker() {
        BrokerNode broker = any(brokers);
        note("broker " + brokers.indexOf(broker) + " starts anew");
        Map<Reader, Position> left = new HashMap<>();
        readers.stream().filter(reader -> reader.at == broker).forEach(reader -> left.put(reader, reader.detach()));
        broker.close();
        broker.open();
        left.forEach((reader, place) -> reader.attach(any(brokers), new Start.After(place)));
    }

    private void perhapsRestartABroker() {
        if (random.nextBoolean()) {
            restartABroker();
        }
    }

    private void olderDump() throws InterruptedException {
        note("the master comes back with an older dump");
        tell(master, "SAVE");
        burst();
        perhapsRestartABroker();
        burst();
        master.restart();
        tell(master, "REPLICAOF", "NO", "ONE"); // if it began as a replica
        perhapsRestartABroker();
    }

    private void partedPromotion() throws InterruptedException {
        note("the replica is promoted while the master lives on");
        tell(replica, "REPLICAOF", "NO", "ONE");
        burst();
        perhapsRestartABroker();
        burst();
        if (random.nextBoolean()) {
            note("the promoted one stays");
            swap();
        }
        follow(replica, master);
        if (random.nextBoolean()) {
            burst();
        }
        if (random.nextBoolean()) {
            note("and it fails back");
            tell(replica, "REPLICAOF", "NO", "ONE");
            burst();
            swap();
            follow(replica, master);
        }
    }

    private void failover() throws InterruptedException {
        note("a failover that loses little");
        tell(replica, "REPLICAOF", "NO", "ONE");
        swap();
        follow(replica, master);
        burst();
    }

    private void listenersDropped() {
        note("subscribers are dropped");
        tell(master, "CLIENT", "KILL", "TYPE", "pubsub");
    }

    private void round() throws InterruptedException {
        burst();
        switch (random.nextInt(6)) {
            case 0, 1 -> olderDump();
            case 2, 3 -> partedPromotion();
            case 4 -> failover();
            default -> listenersDropped();
        }
        burst();
        if (random.nextInt(3) == 0) {
            readBeyondTheHead();
        }
        settle();
    }

    /** Waits until everything in flight has arrived, and checks all readers. */
    private void settle() {
        follow(replica, master);
        Map<DeviceId, String> last = new HashMap<>();
        for (DeviceId device : devices) {
            await("a line of " + device).atMost(PATIENCE).until(() -> {
                String line = produce(device);
                if (line != null) {
                    last.put(device, line);
                }
                return line != null;
            });
        }
        await("all is acknowledged")
                .atMost(PATIENCE)
                .until(() -> producers.values().stream().noneMatch(one -> one.busy) && underWay.get() == 0);
        for (Reader reader : readers) {
            await("the last line of a reader of " + reader.device + "; " + faults)
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> {
                        reattachThoseThatFailed();
                        return !faults.isEmpty() || reader.has(last.get(reader.device));
                    });
        }
        devices.forEach(this::check);
        assertThat(faults).as("seed %d, after %s", seed, story).isEmpty();
    }

    private void check(DeviceId device) {
        List<String> content = new ArrayList<>();
        long from = 1;
        Page page;
        do {
            long next = from;
            page = get(brokers.get(0).call(broker -> broker.read(device, next, 500, 1 << 20)));
            List<String> some = messages(page.entries());
            for (int i = 0; i < some.size(); i++) {
                name(device, page.state().epoch(), page.first() + i, some.get(i), "as read");
            }
            content.addAll(some);
            from = page.first() + some.size();
        } while (from <= page.state().head());
        Set<String> lost = lost(device, page.state().epoch(), Set.copyOf(content));
        readers.stream().filter(reader -> reader.device.equals(device)).forEach(reader -> reader.check(content, lost));
    }

    /**
     * What readers must have got reported. While the epoch is the same the master went on without a break, and what
     * another one acknowledged meanwhile was never in its ring: its readers cannot know of that, only those of the
     * other one can.
     */
    private Set<String> lost(DeviceId device, String epoch, Set<String> content) {
        boolean isSameMastership = epoch.equals(epochAtLastCheck.put(device, epoch));
        Set<Acknowledged> since = acknowledged.get(device);
        Set<String> lost = since.stream()
                .filter(one -> !isSameMastership || one.epoch().equals(epoch))
                .map(Acknowledged::message)
                .filter(message -> !content.contains(message))
                .collect(Collectors.toSet());
        since.clear();
        return lost;
    }

    @Test
    @Timeout(3600)
    void whateverStorageLoses_noPositionNamesTwoLines_andEveryReaderIsInformed() throws InterruptedException {
        System.out.println("seed " + seed);
        follow(replica, master);
        for (int i = 0; i < BROKERS; i++) {
            brokers.add(new BrokerNode(i == 1 ? replica : master, i == 1 ? master : replica, i != 2));
        }
        devices.forEach(device -> acknowledged.put(device, ConcurrentHashMap.newKeySet()));
        for (int i = 0; i < READERS; i++) {
            Reader reader = new Reader(devices.get(i % devices.size()));
            readers.add(reader);
            reader.attach(reader.at, new Start.After(new Position("0", 0)));
        }
        settle(); // only a reader that got an entry has a position after which lines can be lost
        long began = System.nanoTime();
        int rounds = 0;
        while (System.nanoTime() - began < RUN_NANOS) {
            note("round " + ++rounds);
            round();
        }
        System.out.println(rounds + " rounds, " + lines + " lines");
    }
}
