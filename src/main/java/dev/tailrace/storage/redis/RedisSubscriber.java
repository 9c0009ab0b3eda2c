package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import dev.tailrace.model.codec.CleanText;
import dev.tailrace.model.codec.Newlines;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Announcements;
import dev.tailrace.storage.RingState;
import dev.tailrace.storage.redis.link.RedisAddress;
import dev.tailrace.storage.redis.link.RedisClient;
import dev.tailrace.storage.redis.link.RedisRouter;
import dev.tailrace.storage.redis.link.SubscriberNode;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Subscribes to the watched devices, for all event loops of a broker, and hands what Redis publishes to the
 * announcements. All state is touched on one context, its own.
 *
 * <p>The order is: subscribe, wait for the confirmation, read the state, announce {@link Announcement.Ready}. So
 * whatever is appended after the state was read is announced.
 */
final class RedisSubscriber implements SubscriberNode.Listener {

    private static final Logger log = LoggerFactory.getLogger(RedisSubscriber.class);
    private static final Announcement UNAVAILABLE = new Announcement.Unavailable();
    private static final Pattern HEADER = Pattern.compile("([SC]) ([a-z0-9]{1,32}) ([0-9]{1,18})");

    /** Devices that subscribe or read their state at the same time. The others wait, each with one place at most. */
    private static final int WINDOW = 256;

    private static final long TICK_MILLIS = 250;

    private final RedisClient redis;
    private final Vertx vertx;
    private final Context context;
    private final Announcements announcements;
    private final HeadCache heads;
    private final CorruptData damage;
    private final RedisRouter link;
    private final RingCommands commands;

    private final Map<DeviceId, Subscription> subscriptions = new HashMap<>();
    private final Map<RedisAddress, SubscriberNode> nodes = new HashMap<>();
    private final Set<Subscription> waiting = new LinkedHashSet<>();
    private final Set<Subscription> begun = new LinkedHashSet<>();

    /**
     * Subscriptions without a connection. Only these are looked at by the tick, so that a silent device costs nothing.
     */
    private final Set<Subscription> disconnected = new LinkedHashSet<>();

    private List<Future<Void>> starting = new ArrayList<>();
    private long tickTimer = -1;
    private boolean closed;

    /** Made on the context that it keeps. */
    RedisSubscriber(RedisServices services) {
        this.redis = services.redis();
        this.vertx = redis.vertx();
        this.context = vertx.getOrCreateContext();
        this.announcements = services.announcements();
        this.heads = services.heads();
        this.damage = services.damage();
        this.link = redis.router(this::follow);
        this.commands = new RingCommands(link, services.options(), damage);
    }

    /** See {@link RedisRouter#start}. */
    Future<Void> start() {
        tickTimer = vertx.setPeriodic(TICK_MILLIS, timer -> tick());
        return link.start().compose(started -> Future.join(starting).mapEmpty());
    }

    /** Begins or shares a subscription. Called from any thread. */
    void watch(DeviceId device) {
        context.runOnContext(hop -> {
            Subscription one = subscriptions.computeIfAbsent(device, Subscription::new);
            one.watches++;
            if (one.node == null) {
                attach(one);
            }
            if (one.unavailable || one.node == null || !one.node.isConnected()) {
                // Announced again to the other watches, because the new one has not received it.
                one.unavailable = true;
                announcements.announce(device, UNAVAILABLE);
            } else if (one.stage == Subscription.Stage.READY) {
                waiting.add(one);
            }
            begin();
        });
    }

    /** Ends one watch, and with the last one the subscription. Called from any thread. */
    void unwatch(DeviceId device) {
        context.runOnContext(hop -> {
            Subscription one = subscriptions.get(device);
            if (one != null && --one.watches == 0) {
                subscriptions.remove(device);
                detach(one);
                begin();
            }
        });
    }

    private void attach(Subscription one) {
        RedisAddress master = link.topology().master(one.slot);
        one.node = master == null ? null : nodes.get(master);
        one.enter(Subscription.Stage.WAITING);
        if (one.node != null && one.node.isConnected()) {
            waiting.add(one);
        } else {
            disconnected.add(one);
        }
    }

    private void detach(Subscription one) {
        waiting.remove(one);
        begun.remove(one);
        disconnected.remove(one);
        one.reads++;
        if (one.node != null) {
            one.node.unsubscribe(DeviceKeys.live(one.device));
        }
        one.node = null;
    }

    /** Begins as many of the waiting subscriptions as the window allows. */
    private void begin() {
        while (begun.size() < WINDOW && !waiting.isEmpty()) {
            Subscription one = waiting.iterator().next();
            waiting.remove(one);
            if (one.node == null || !one.node.isConnected() || !link.isConnected(one.slot)) {
                unavailable(one); // the tick tries again when both are connected
                continue;
            }
            begun.add(one);
            if (one.stage == Subscription.Stage.READY) {
                read(one); // for a watch that came later
            } else {
                one.enter(Subscription.Stage.SUBSCRIBING);
                one.subscribe = one.node.subscribe(DeviceKeys.live(one.device));
            }
        }
    }

    private void unavailable(Subscription one) {
        begun.remove(one);
        waiting.remove(one);
        disconnected.add(one);
        one.reads++;
        one.enter(Subscription.Stage.WAITING);
        if (!one.unavailable) {
            one.unavailable = true;
            announcements.announce(one.device, UNAVAILABLE);
        }
    }

    @Override
    public void opened(SubscriberNode node) {
        for (Subscription one : subscriptions.values()) {
            if (one.node == node) {
                one.enter(Subscription.Stage.WAITING);
                waiting.add(one);
            }
        }
        begin();
    }

    @Override
    public void lost(SubscriberNode node, String reason) {
        for (Subscription one : subscriptions.values()) {
            if (one.node == node) {
                unavailable(one);
            }
        }
        if (!closed) {
            link.refresh();
            begin();
        }
    }

    @Override
    public void subscribed(SubscriberNode node, String channel, long number) {
        Subscription one = subscribing(node, DeviceKeys.ofLive(channel), number);
        if (one != null) {
            read(one);
        }
    }

    /** Null when the answer belongs to an earlier subscription, which ended meanwhile or began once more. */
    private @Nullable Subscription subscribing(SubscriberNode node, DeviceId device, long number) {
        Subscription one = subscriptions.get(device);
        return one != null && one.node == node && one.stage == Subscription.Stage.SUBSCRIBING && one.subscribe == number
                ? one
                : null;
    }

    private void read(Subscription one) {
        one.beginReading();
        int read = one.reads;
        commands.verifiedState(one.device).onComplete(state -> {
            if (one.reads == read) {
                onState(one, state);
            }
        });
    }

    private void onState(Subscription one, AsyncResult<RingState> answer) {
        if (answer.failed()) {
            log.debug("Cannot read the state of device {}", one.device, answer.cause());
            // Still subscribed, but that is of no use without a state; the tick tries again.
            unavailable(one);
            return;
        }
        RingState state = one.upToDate(answer.result());
        if (state == null) {
            read(one);
            return;
        }
        one.enter(Subscription.Stage.READY);
        one.unavailable = false;
        begun.remove(one);
        heads.note(one.device, state.epoch(), state.head());
        announcements.announce(one.device, new Announcement.Ready(state));
        begin();
    }

    @Override
    public void channelMoved(SubscriberNode node, String channel) {
        Subscription one = subscriptions.get(DeviceKeys.ofLive(channel));
        if (one != null && one.node == node) {
            unavailable(one); // its new master is known after the refresh
            link.refresh();
        }
    }

    @Override
    public void refused(SubscriberNode node, String channel, long number, String error) {
        log.debug("Redis at {} refuses a subscription: {}", node.address(), error);
        Subscription one = subscribing(node, DeviceKeys.ofLive(channel), number);
        if (one != null) {
            unavailable(one); // perhaps its slot has moved; the tick tries again
        }
        link.refresh();
    }

    @Override
    public void announced(SubscriberNode node, String channel, byte[] message) {
        DeviceId device = DeviceKeys.ofLive(channel);
        Subscription one = subscriptions.get(device);
        if (one == null || one.node != node) {
            return; // the subscription has ended
        }
        int headerEnd = Newlines.first(message, 0, message.length);
        String head = new String(message, 0, headerEnd, StandardCharsets.ISO_8859_1);
        if (head.equals(RedisRouter.CHANGED_ELSEWHERE)) {
            readAgain(one);
            return;
        }
        Matcher header = HEADER.matcher(head);
        Entries entries = Entries.unpack(message, headerEnd + 1, message.length);
        if (!header.matches() || !areClean(entries)) {
            onUnreadable(one);
            return;
        }
        String epoch = header.group(2);
        long offset = Long.parseLong(header.group(3));
        if (header.group(1).equals("C")) {
            one.heardOtherChange();
            announcements.announce(device, new Announcement.Cleared(epoch, offset));
        } else if (!entries.isEmpty()) {
            onStored(one, epoch, offset, entries);
        }
    }

    private static boolean areClean(Entries entries) {
        for (int i = 0; i < entries.size(); i++) {
            if (!CleanText.is(entries.bytes(), entries.start(i), entries.end(i))) {
                return false;
            }
        }
        return true;
    }

    /** Reads the state again: what should have been announced is in the ring. */
    private void onUnreadable(Subscription one) {
        damage.found("an announcement", one.device);
        readAgain(one);
    }

    private void readAgain(Subscription one) {
        one.heardOtherChange();
        if (one.stage == Subscription.Stage.READY) {
            waiting.add(one);
            begin();
        }
    }

    private void onStored(Subscription one, String epoch, long first, Entries entries) {
        long head = first + entries.size() - 1;
        one.heard(epoch, head);
        heads.note(one.device, epoch, head);
        announcements.announce(one.device, new Announcement.Stored(epoch, first, entries));
    }

    /** Connects to the present masters, and moves subscriptions to the masters of their slots. */
    private void follow() {
        if (closed) {
            return;
        }
        Set<RedisAddress> masters = link.topology().masters();
        for (RedisAddress master : masters) {
            nodes.computeIfAbsent(master, address -> {
                SubscriberNode node = new SubscriberNode(redis, address, this);
                starting.add(node.start());
                return node;
            });
        }
        starting.removeIf(Future::isComplete);
        for (Subscription one : subscriptions.values()) {
            RedisAddress master = link.topology().master(one.slot);
            if (one.node == null || !one.node.address().equals(master)) {
                detach(one);
                unavailable(one);
                attach(one);
            }
        }
        List<SubscriberNode> former = nodes.values().stream()
                .filter(node -> !masters.contains(node.address()))
                .toList();
        former.forEach(node -> nodes.remove(node.address()));
        former.forEach(SubscriberNode::close);
        begin();
    }

    /** Tries again what was refused or could not begin. */
    private void tick() {
        List.copyOf(disconnected).forEach(one -> {
            if (one.stage != Subscription.Stage.WAITING || one.watches == 0) {
                disconnected.remove(one);
            } else if (one.node != null && one.node.isConnected()) {
                disconnected.remove(one);
                waiting.add(one);
            }
        });
        begin();
    }

    void close() {
        closed = true;
        vertx.cancelTimer(tickTimer);
        link.close();
        List.copyOf(nodes.values()).forEach(SubscriberNode::close);
        nodes.clear();
    }
}
