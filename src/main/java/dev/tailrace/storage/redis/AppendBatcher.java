package dev.tailrace.storage.redis;

import dev.tailrace.model.Batch;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.EndOfTick;
import dev.tailrace.storage.RingStore;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.storage.redis.link.Call;
import dev.tailrace.storage.redis.link.RedisError;
import dev.tailrace.storage.redis.link.RedisLimits;
import dev.tailrace.storage.redis.link.RedisRouter;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers the appends of one event loop into few calls. Appends of one tick are sent together, and while {@link
 * #IN_FLIGHT} calls are unanswered the next ones wait. So the busier the loop or Redis is, the more devices share a
 * call, and an append to an idle Redis is sent at the end of its tick. In a cluster, where a call concerns one slot,
 * each append is a call.
 */
final class AppendBatcher implements EndOfTick.Task {

    private static final Logger log = LoggerFactory.getLogger(AppendBatcher.class);

    /** Calls in flight before appends are held back: one that Redis executes and one that it finds next. */
    private static final int IN_FLIGHT = 2;

    // Redis serves nobody else while it executes a call, so a call is bounded to about a millisecond.
    private static final int CALL_DEVICES = 64;
    private static final int CALL_BYTES = 128 * 1024;

    private final RedisRouter link;
    private final RedisLimits limits;
    private final AppendScript script;
    private final EndOfTick endOfTick;

    // All state is touched on its event loop only.
    private final ArrayDeque<Append> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private int unanswered;
    private long unansweredBytes;
    private int inFlight;
    private boolean awaitsEndOfTick;

    /** One device's batch, and the promise of its answer. */
    record Append(DeviceId device, DeviceKeys keys, Batch batch, Promise<RingStore.Appended> promise) {
        int bytes() {
            return batch.entries().byteSize() + RingCommands.CALL_BYTES;
        }
    }

    /** @param endOfTick of the event loop that it serves */
    AppendBatcher(EndOfTick endOfTick, RedisRouter link, RedisLimits limits, AppendScript script) {
        this.link = link;
        this.limits = limits;
        this.script = script;
        this.endOfTick = endOfTick;
    }

    Future<RingStore.Appended> add(DeviceId device, Batch batch) {
        Append append = new Append(device, DeviceKeys.of(device), batch, Promise.promise());
        if (!link.takesManySlots()) {
            sendAlone(append);
        } else if (unanswered >= limits.calls()) {
            append.promise().fail(full(limits.calls() + " calls"));
        } else if (unanswered > 0 && unansweredBytes + append.bytes() > limits.bytes()) {
            append.promise().fail(full("calls of " + limits.bytes() + " bytes"));
        } else {
            gather(append);
        }
        return append.promise().future();
    }

    private static RingUnavailableException full(String what) {
        return new RingUnavailableException("Redis has " + what + " pending, no more are sent");
    }

    private void gather(Append append) {
        waiting.add(append);
        waitingBytes += append.bytes();
        unanswered++;
        unansweredBytes += append.bytes();
        flushLater();
    }

    /** Waits for the end of the tick, when all appends that answers allow are there too. */
    private void flushLater() {
        if (!awaitsEndOfTick && !waiting.isEmpty() && maySend()) {
            awaitsEndOfTick = true;
            endOfTick.callLast(this);
        }
    }

    @Override
    public void onEndOfTick() {
        awaitsEndOfTick = false;
        flush();
    }

    private boolean maySend() {
        return inFlight < IN_FLIGHT || waiting.size() >= CALL_DEVICES || waitingBytes >= CALL_BYTES;
    }

    private void flush() {
        while (!waiting.isEmpty() && maySend()) {
            List<Append> group = new ArrayList<>(Math.min(waiting.size(), CALL_DEVICES));
            int bytes = 0;
            do {
                Append next = waiting.remove();
                group.add(next);
                bytes += next.bytes();
            } while (!waiting.isEmpty()
                    && group.size() < CALL_DEVICES
                    && bytes + waiting.element().bytes() <= CALL_BYTES);
            waitingBytes -= bytes;
            sendGathered(group, bytes);
        }
    }

    private void sendAlone(Append append) {
        List<Append> group = List.of(append);
        call(group, append.bytes()).onComplete(answer -> tell(group, answer));
    }

    private void sendGathered(List<Append> group, int bytes) {
        inFlight++;
        call(group, bytes).onComplete(answer -> {
            inFlight--;
            unanswered -= group.size();
            unansweredBytes -= bytes;
            tell(group, answer);
            flushLater();
        });
    }

    private Future<Response> call(List<Append> group, int bytes) {
        Append first = group.get(0);
        String what = group.size() == 1
                ? "append to " + first.device()
                : "append to " + first.device() + " and " + (group.size() - 1) + " more";
        return link.call(new Call(
                what,
                first.keys().slot(),
                bytes,
                true,
                2 * group.size(),
                (server, keys) -> script.request(keys, group),
                first.keys().live()));
    }

    private void tell(List<Append> group, AsyncResult<Response> answer) {
        if (answer.failed()) {
            group.forEach(append -> append.promise().fail(answer.cause()));
            return;
        }
        List<Object> answers;
        try {
            answers = script.answers(group, answer.result());
        } catch (RuntimeException unreadable) {
            log.error("Cannot read the response of Redis to an append", unreadable);
            group.forEach(append -> append.promise().fail(unreadable));
            return;
        }
        for (int i = 0; i < group.size(); i++) {
            Append append = group.get(i);
            if (answers.get(i) instanceof RedisError error) {
                append.promise().fail(link.failure(append.keys().slot(), "append to " + append.device(), error));
            } else {
                append.promise().complete((RingStore.Appended) answers.get(i));
            }
        }
    }
}
