package dev.tailrace.ring;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.eventbus.MessageConsumer;

/**
 * The seam between storing and serving inside one node: a local event-bus address {@code feed.<device>} on which
 * announcements travel as they are, uncopied. At most one listener per event loop and watched device. It has no
 * back-pressure and needs none: a listener that falls behind reads the ring. Listeners are never paused, because a paused
 * consumer silently drops beyond its buffer.
 */
public final class Announcements {

    private static final String CODEC = "tailrace.announcement";
    private static final DeliveryOptions LOCAL = new DeliveryOptions()
            .setCodecName(CODEC)
            .setLocalOnly(true)
            .setTracingPolicy(io.vertx.core.tracing.TracingPolicy.IGNORE);

    private final EventBus bus;

    /** One per Vert.x instance, because the codec is registered once. */
    public Announcements(Vertx vertx) {
        bus = vertx.eventBus();
        bus.registerCodec(new AsItIs());
    }

    /** Tells all listeners of this node; order is kept per calling thread. */
    public void announce(DeviceId device, Announcement announcement) {
        bus.publish(address(device), announcement, LOCAL);
    }

    /** Listens on the calling context. */
    public Ring.Watch listen(DeviceId device, Handler<Announcement> handler) {
        MessageConsumer<Announcement> consumer =
                bus.localConsumer(address(device), message -> handler.handle(message.body()));
        return consumer::unregister;
    }

    private static String address(DeviceId device) {
        return "feed." + device.value();
    }

    private static final class AsItIs implements MessageCodec<Announcement, Announcement> {
        @Override
        public Announcement transform(Announcement announcement) {
            return announcement;
        }

        @Override
        public void encodeToWire(Buffer buffer, Announcement announcement) {
            throw new UnsupportedOperationException("announcements stay inside a node");
        }

        @Override
        public Announcement decodeFromWire(int position, Buffer buffer) {
            throw new UnsupportedOperationException("announcements stay inside a node");
        }

        @Override
        public String name() {
            return CODEC;
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}
