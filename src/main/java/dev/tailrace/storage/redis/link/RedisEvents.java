package dev.tailrace.storage.redis.link;

/** What an operator wants to know of the connections to Redis. Called from several event loops. */
public interface RedisEvents {

    /** Hears nothing. */
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

    /** Something was found in Redis that no broker can have left there, and was passed over. */
    void damaged();
}
