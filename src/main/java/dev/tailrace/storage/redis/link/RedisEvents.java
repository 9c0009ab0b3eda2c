package dev.tailrace.storage.redis.link;

/** Events of the connections to Redis that concern an operator. Called from several event loops. */
public interface RedisEvents {

    /** Ignores all events. */
    RedisEvents NONE = new RedisEvents() {
        @Override
        public void up(boolean up) {}

        @Override
        public void reconnected() {}

        @Override
        public void damaged() {}
    };

    /** Whether every master can be reached, both for commands and for announcements. Called when that changes. */
    void up(boolean up);

    /** A connection that had broken was opened again. */
    void reconnected();

    /** Data was found in Redis that no broker can have written, and was skipped. */
    void damaged();
}
