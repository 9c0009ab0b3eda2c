package dev.tailrace.storage.redis.link;

import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds the masters that a URL leads to, for all event loops of a broker. All state except the mode is touched on one
 * context, its own.
 *
 * <p>While there is no trouble one host is asked, over a connection that is kept. When there is, all are asked, because
 * some may be partitioned from the others and not know it; the answer with the highest configuration epoch counts. An
 * older answer than the known one replaces it only when more than half of the hosts have nothing newer, as after a
 * cluster was created anew.
 */
public final class Discovery {

    /** An answer is used for so long when there is no trouble, so all event loops of a broker share one request. */
    private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(4);

    /** An answer is used for so long when there is trouble. */
    private static final long ANEW_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** After the first answer the others are awaited for so long, because a dead host must not delay the answer. */
    private static final long GRACE_MILLIS = 200;

    private final Vertx vertx;
    private final Context context;
    private final RedisUri uri;
    private final DiscoveryHosts hosts;

    private Topology newest = Topology.NONE;
    private long foundAt;
    private @Nullable RedisAddress usual;
    private @Nullable Future<Topology> askingOne;
    private @Nullable Future<Topology> askingAll;

    /** Made on the context that it keeps. */
    public Discovery(Vertx vertx, RedisConnector connector, RedisUri uri) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.uri = uri;
        this.hosts = new DiscoveryHosts(connector, uri);
    }

    /**
     * Whether the masters may change. They cannot with a single server, because there is no other to ask. Called from
     * any thread.
     */
    boolean mayChange() {
        RedisUri.Mode mode = hosts.mode();
        return mode == null || mode != RedisUri.Mode.STANDALONE || uri.hosts().size() > 1;
    }

    /** Whether one call may carry keys of several slots, as far as is known yet. Called from any thread. */
    boolean takesManySlots() {
        RedisUri.Mode mode = hosts.mode();
        return mode != null && mode != RedisUri.Mode.CLUSTER;
    }

    /**
     * Finds the masters. An answer may be outdated; a caller that cannot reach the master that it names calls again.
     * Called from any event loop, and completes there.
     *
     * @param anew whether there is trouble, so that what was known a second ago may be outdated
     * @return the masters, a {@link RedisRefusedException} when waiting will not help, or a {@link
     *     RingUnavailableException}
     */
    Future<Topology> find(boolean anew) {
        Context caller = vertx.getOrCreateContext();
        Promise<Topology> found = Promise.promise();
        context.runOnContext(
                there -> findHere(anew).onComplete(answer -> caller.runOnContext(back -> found.handle(answer))));
        return found.future();
    }

    private Future<Topology> findHere(boolean anew) {
        long age = System.nanoTime() - foundAt;
        if (!newest.isEmpty() && age < (anew ? ANEW_NANOS : FRESH_NANOS)) {
            return Future.succeededFuture(newest);
        }
        return anew || newest.isEmpty() || usual == null ? askAll() : askOne(usual);
    }

    private Future<Topology> askOne(RedisAddress host) {
        if (askingAll != null) {
            return askingAll;
        }
        if (askingOne != null) {
            return askingOne;
        }
        Future<Topology> asking = hosts.ask(host).transform(answer -> {
            boolean isNewest = answer.succeeded() && answer.result().newest(newest) == answer.result();
            return isNewest ? found(answer.result()) : askAll();
        });
        askingOne = asking;
        return asking.onComplete(done -> askingOne = null);
    }

    private Future<Topology> askAll() {
        if (askingAll != null) {
            return askingAll;
        }
        Set<RedisAddress> all = new LinkedHashSet<>(uri.hosts());
        if (hosts.mode() == RedisUri.Mode.CLUSTER) {
            all.addAll(newest.masters()); // they can be asked too
        }
        Round round = new Round(all.size());
        Future<Topology> asking = round.done.future().compose(this::found);
        askingAll = asking;
        all.forEach(host -> hosts.ask(host).onComplete(answer -> round.add(host, answer.result(), answer.cause())));
        return asking.onComplete(done -> askingAll = null);
    }

    private Future<Topology> found(Topology topology) {
        newest = topology;
        foundAt = System.nanoTime();
        return Future.succeededFuture(topology);
    }

    public void close() {
        hosts.close();
    }

    /** The answers of all hosts; when there is none, the most specific failure. */
    private final class Round {
        final Promise<Topology> done = Promise.promise();
        private final int asked;
        private final List<Topology> answers = new ArrayList<>();
        private int failed;
        private @Nullable Throwable failure;

        Round(int asked) {
            this.asked = asked;
        }

        void add(RedisAddress host, @Nullable Topology answer, @Nullable Throwable cause) {
            if (answer == null) {
                failed++;
                if (failure == null || cause instanceof RedisRefusedException) {
                    failure = cause;
                }
            } else if (done.future().isComplete()) {
                newest = newest.newest(answer); // late, and used by the next call
            } else {
                addInTime(host, answer);
            }
            if (answers.size() + failed == asked) {
                end();
            }
        }

        private void addInTime(RedisAddress host, Topology answer) {
            // Where servers have no epochs, a master that still reports to be one remains it.
            answers.add(answer.masters().equals(newest.masters()) ? 0 : answers.size(), answer);
            if (answers.size() == 1) {
                usual = host;
                vertx.setTimer(GRACE_MILLIS, timer -> end());
            }
        }

        private void end() {
            if (done.future().isComplete()) {
                return;
            }
            if (answers.isEmpty()) {
                done.tryFail(failure == null ? new RingUnavailableException("no Redis could be queried") : failure);
                return;
            }
            Topology found = answers.stream().reduce(Topology::newest).orElseThrow();
            done.tryComplete(answers.size() * 2 > asked ? found : found.newest(newest));
        }
    }
}
