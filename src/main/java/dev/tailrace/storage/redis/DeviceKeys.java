package dev.tailrace.storage.redis;

import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.redis.link.Slots;

/** The names of one device in Redis. The braces make a Redis Cluster keep them in one slot. */
public record DeviceKeys(String ring, String meta, String live, int slot) {

    private static final String PREFIX = "tailrace:{";
    private static final String LIVE = "}:live";

    public static DeviceKeys of(DeviceId device) {
        String tagged = PREFIX + device.value();
        return new DeviceKeys(tagged + "}:ring", tagged + "}:meta", live(device), Slots.of(tagged + "}"));
    }

    public static String live(DeviceId device) {
        return PREFIX + device.value() + LIVE;
    }

    /** The device that a channel belongs to. */
    public static DeviceId ofLive(String channel) {
        return new DeviceId(channel.substring(PREFIX.length(), channel.length() - LIVE.length()));
    }
}
