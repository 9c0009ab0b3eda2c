package dev.tailrace.hostile;

import dev.tailrace.testing.RedisCluster;
import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RedisSentinels;

/** The ways in which Redis is run, for tests that have to hold with each of them. */
enum StorageLayout {
    ONE_SERVER {
        @Override
        Servers start() {
            RedisProcess redis = RedisProcess.start();
            return new Servers(redis.url(), redis::close) {
                @Override
                RedisProcess masterOf(String key) {
                    return redis;
                }

                @Override
                RedisProcess replicaOf(RedisProcess master) {
                    throw new UnsupportedOperationException();
                }

                @Override
                void awaitFailoverFrom(RedisProcess former) {
                    throw new UnsupportedOperationException();
                }
            };
        }
    },
    SENTINELS {
        @Override
        Servers start() {
            RedisSentinels sentinels = RedisSentinels.start();
            return new Servers(sentinels.url(), sentinels::close) {
                @Override
                RedisProcess masterOf(String key) {
                    return sentinels.master();
                }

                @Override
                RedisProcess replicaOf(RedisProcess master) {
                    return sentinels.replica();
                }

                @Override
                void awaitFailoverFrom(RedisProcess former) {
                    sentinels.awaitFailoverFrom(former);
                }
            };
        }
    },
    CLUSTER {
        @Override
        Servers start() {
            RedisCluster cluster = RedisCluster.start(3, 1);
            return new Servers(cluster.url(), cluster::close) {
                @Override
                RedisProcess masterOf(String key) {
                    return cluster.masterOf(key);
                }

                @Override
                RedisProcess replicaOf(RedisProcess master) {
                    return cluster.nodes()
                            .get(cluster.nodes().indexOf(master)
                                    + cluster.nodes().size() / 2); // before any failover
                }

                @Override
                void awaitFailoverFrom(RedisProcess former) {
                    cluster.awaitFailoverFrom(former);
                }
            };
        }
    };

    abstract Servers start();

    /** The running servers, for brokers to use and for a test to break. */
    abstract static class Servers implements AutoCloseable {

        private final String url;
        private final Runnable closing;

        private Servers(String url, Runnable closing) {
            this.url = url;
            this.closing = closing;
        }

        String url() {
            return url;
        }

        /** The server that has a key. */
        abstract RedisProcess masterOf(String key);

        abstract RedisProcess replicaOf(RedisProcess master);

        /** Waits until another one is master in place of this one. */
        abstract void awaitFailoverFrom(RedisProcess former);

        /** Kills the server that has a key; its replica, which has nothing of what that one had, takes over. */
        void loseServerOf(String key) {
            RedisProcess master = masterOf(key);
            RedisProcess replica = replicaOf(master);
            replica.command("CONFIG", "SET", "replica-read-only", "no");
            replica.command("FLUSHALL");
            master.kill();
            awaitFailoverFrom(master);
        }

        @Override
        public void close() {
            closing.run();
        }
    }
}
