package dev.tailrace.storage.redis.link;

/** Where one server listens. */
public record RedisAddress(String host, int port) {

    /** Parses {@code host:port} as Redis writes it, which is without brackets around IPv6. */
    static RedisAddress ofRedis(String text, RedisAddress sender) {
        int colon = text.lastIndexOf(':');
        String host = text.substring(0, colon);
        // A node that does not know its own name leaves it out, which means the address where it was reached.
        return new RedisAddress(host.isEmpty() ? sender.host : host, Integer.parseInt(text.substring(colon + 1)));
    }

    @Override
    public String toString() {
        return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
    }
}
