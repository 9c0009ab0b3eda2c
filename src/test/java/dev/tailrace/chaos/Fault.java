package dev.tailrace.chaos;

import static org.awaitility.Awaitility.await;

import dev.tailrace.testing.RedisProcess;
import dev.tailrace.testing.RespClient.RedisError;
import dev.tailrace.testing.TcpProxy;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** The faults. Each strikes something at random and repairs it. */
enum Fault {
    BROKER_KILLED(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            ChaosBroker broker = any(town.brokers, random);
            broker.kill();
            rest(random, 1500);
            broker.restart();
        }
    },
    BROKER_FROZEN(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            ChaosBroker broker = any(town.brokers, random);
            broker.signal("STOP");
            rest(random, 6000);
            broker.signal("CONT");
        }
    },
    BROKER_REPLACED(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            ChaosBroker broker = any(town.brokers, random);
            broker.stop();
            broker.restart();
        }
    },
    CLIENTS_CUT_OFF(false) {
        @Override
        void strike(ChaosCluster town, Random random) {
            any(town.brokers, random).front().cut();
        }
    },
    CLIENTS_PARTITIONED(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            stall(any(town.brokers, random).front(), random, 6000);
        }
    },
    BROKER_UNREACHABLE(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            TcpProxy front = any(town.brokers, random).front();
            front.refuse();
            front.cut();
            rest(random, 3000);
            front.accept();
        }
    },
    SLOW_LINK_TO_CLIENTS(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            stutter(any(town.brokers, random).front(), random);
        }
    },
    SLOW_LINK_TO_REDIS(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            stutter(town.way(any(town.masters(), random)), random);
        }
    },
    REDIS_CUT_OFF(false) {
        @Override
        void strike(ChaosCluster town, Random random) {
            town.way(any(town.masters(), random)).cut();
        }
    },
    REDIS_PARTITIONED(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            stall(town.way(any(town.masters(), random)), random, 6000);
        }
    },
    REDIS_FROZEN_FOR_A_MOMENT(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            freeze(any(town.masters(), random), random, 800);
        }
    },
    MASTER_FROZEN(true) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            RedisProcess node = any(town.masters(), random);
            RedisProcess witness = other(town.masters(), node);
            String id = text(node, "CLUSTER", "MYID");
            node.suspend();
            awaitFailover(witness, id);
            node.resume();
            awaitRole(node, "slave");
        }
    },
    MASTER_KILLED(true) {
        @Override
        void strike(ChaosCluster town, Random random) {
            RedisProcess node = any(town.masters(), random);
            RedisProcess witness = other(town.masters(), node);
            String id = text(node, "CLUSTER", "MYID");
            node.kill();
            awaitFailover(witness, id);
            node.restart();
            town.announce(node);
            awaitRole(node, "slave");
        }
    },
    /** It serves on until it finds itself alone, and the others choose another one meanwhile. */
    MASTER_PARTED_FROM_NODES(true) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            RedisProcess node = any(town.masters(), random);
            RedisProcess witness = other(town.masters(), node);
            String id = text(node, "CLUSTER", "MYID");
            town.part(node);
            awaitFailover(witness, id);
            rest(random, 3000);
            town.join();
            awaitRole(node, "slave");
        }
    },
    MASTER_RESTARTED_EMPTY(true) {
        @Override
        void strike(ChaosCluster town, Random random) {
            RedisProcess node = any(town.masters(), random);
            node.restart();
            town.announce(node);
        }
    },
    /**
     * Redis returns with its data of some seconds before, which is less than brokers have seen, and a broker that has seen nothing is the
     * first to write.
     */
    MASTER_BACK_WITH_OLDER_DATA(true) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            RedisProcess node = any(town.masters(), random);
            node.command("SAVE");
            rest(random, 1500);
            ChaosBroker strange = any(town.brokers, random);
            strange.kill();
            whileOthersAreFrozen(town, strange, () -> {
                node.restart();
                town.announce(node);
                strange.restart();
                rest(random, 3000); // in which devices find the one broker that answers, and write
            });
        }
    },
    /** The same process is demoted, loses what it had acknowledged while it was parted, and is promoted again. */
    MASTER_FAILED_BACK(true) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            RedisProcess node = any(town.masters(), random);
            RedisProcess witness = other(town.masters(), node);
            String id = text(node, "CLUSTER", "MYID");
            town.part(node);
            awaitFailover(witness, id);
            town.join();
            awaitRole(node, "slave");
            failOverTo(node);
            awaitRole(node, "master");
        }
    },
    /** The replica that takes over is written to first by a broker that has just started. */
    FAILOVER_FIRST_SEEN_BY_A_NEW_BROKER(true) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            RedisProcess node = any(town.masters(), random);
            RedisProcess witness = other(town.masters(), node);
            String id = text(node, "CLUSTER", "MYID");
            ChaosBroker strange = any(town.brokers, random);
            strange.kill();
            whileOthersAreFrozen(town, strange, () -> {
                node.kill();
                awaitFailover(witness, id);
                strange.restart();
                rest(random, 3000);
            });
            node.restart();
            town.announce(node);
            awaitRole(node, "slave");
        }
    },
    REPLICA_KILLED(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            RedisProcess node = any(town.replicas(), random);
            node.kill();
            rest(random, 2500);
            node.restart();
            town.announce(node);
            awaitRole(node, "slave");
        }
    },
    REPLICA_FROZEN(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            freeze(any(town.replicas(), random), random, 4000);
        }
    },
    FAILOVER_ASKED_FOR(false) {
        @Override
        void strike(ChaosCluster town, Random random) {
            RedisProcess node = any(town.replicas(), random);
            node.command("CLUSTER", "FAILOVER");
            awaitRole(node, "master");
        }
    },
    SLOT_MOVED(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            String key = "tailrace:{" + any(ChaosCluster.devices(), random) + "}:ring";
            RedisProcess from = town.masters().stream()
                    .filter(node -> serves(node, key))
                    .findFirst()
                    .orElseThrow();
            RedisProcess to = other(town.masters(), from);
            String slot = String.valueOf(from.command("CLUSTER", "KEYSLOT", key));
            to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", text(from, "CLUSTER", "MYID"));
            from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", text(to, "CLUSTER", "MYID"));
            for (Object one : (List<?>) from.command("CLUSTER", "GETKEYSINSLOT", slot, "1000")) {
                from.command("MIGRATE", "127.0.0.1", "" + to.port(), (String) one, "0", "5000");
                rest(random, 200);
            }
            to.command("CLUSTER", "SETSLOT", slot, "NODE", text(to, "CLUSTER", "MYID"));
            from.command("CLUSTER", "SETSLOT", slot, "NODE", text(to, "CLUSTER", "MYID"));
        }
    },
    REDIS_MEMORY_FULL(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            setForAWhile(any(town.masters(), random), "maxmemory", "1", random);
        }
    },
    REDIS_DISK_FULL(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            RedisProcess node = any(town.masters(), random);
            node.fillDisk();
            rest(random, 4000);
            node.freeDisk();
        }
    },
    REDIS_REFUSES_WRITES(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            setForAWhile(any(town.masters(), random), "min-replicas-to-write", "9", random);
        }
    },
    SUBSCRIBERS_DROPPED(false) {
        @Override
        void strike(ChaosCluster town, Random random) {
            any(town.masters(), random).command("CLIENT", "KILL", "TYPE", "pubsub");
        }
    },
    CLOCK_JUMPED(false) {
        @Override
        void strike(ChaosCluster town, Random random) throws InterruptedException {
            ChaosBroker broker = town.withClock();
            for (String offset : List.of("+7200", "-86400", "+0")) {
                broker.setClock(offset);
                rest(random, 4000); // it looks each second
            }
        }
    },
    REDIS_EMPTIED(true) {
        @Override
        void strike(ChaosCluster town, Random random) {
            any(town.masters(), random).command("FLUSHALL");
        }
    };

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final boolean losesData;

    Fault(boolean losesData) {
        this.losesData = losesData;
    }

    /** Whether storage may lose acknowledged lines; then the epoch has to change. */
    boolean losesData() {
        return losesData;
    }

    /** Returns when all is whole again; what it takes to be found out does not count. */
    abstract void strike(ChaosCluster town, Random random) throws InterruptedException;

    // ---- how

    static <T> T any(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    static <T> T other(List<T> list, T one) {
        return list.stream().filter(each -> each != one).findFirst().orElseThrow();
    }

    static void rest(Random random, int mostMillis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(mostMillis / 4 + random.nextInt(mostMillis * 3 / 4));
    }

    static void stall(TcpProxy way, Random random, int mostMillis) throws InterruptedException {
        way.stall();
        rest(random, mostMillis);
        way.flow();
    }

    /** An action during the fault. */
    interface Step {
        void run() throws InterruptedException;
    }

    static void whileOthersAreFrozen(ChaosCluster town, ChaosBroker one, Step step) throws InterruptedException {
        List<ChaosBroker> others =
                town.brokers.stream().filter(each -> each != one).toList();
        others.forEach(each -> each.signal("STOP"));
        try {
            step.run();
        } finally {
            others.forEach(each -> each.signal("CONT"));
        }
    }

    static void freeze(RedisProcess node, Random random, int mostMillis) throws InterruptedException {
        node.suspend();
        rest(random, mostMillis);
        node.resume();
    }

    /** A limit that is usually 0, which is none. */
    static void setForAWhile(RedisProcess node, String limit, String value, Random random) throws InterruptedException {
        node.command("CONFIG", "SET", limit, value);
        rest(random, 3000);
        node.command("CONFIG", "SET", limit, "0");
    }

    static void stutter(TcpProxy way, Random random) throws InterruptedException {
        for (int i = 0; i < 20; i++) {
            stall(way, random, 200);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    static String text(RedisProcess node, String... command) {
        return (String) node.command(command);
    }

    /** Waits until others serve what a node served. */
    static void awaitFailover(RedisProcess witness, String id) {
        await("failover")
                .atMost(PATIENCE)
                .ignoreExceptionsMatching(Fault::isPassing)
                .until(() -> text(witness, "CLUSTER", "NODES")
                                .lines()
                                .filter(line -> line.startsWith(id))
                                .noneMatch(line -> line.contains("master") && line.matches(".*connected \\d.*"))
                        && text(witness, "CLUSTER", "INFO").contains("cluster_state:ok"));
    }

    static void awaitRole(RedisProcess node, String role) {
        await(role).atMost(PATIENCE).ignoreExceptionsMatching(Fault::isPassing).until(() -> {
            String info = text(node, "INFO", "replication");
            return info.contains("role:" + role) && (role.equals("master") || info.contains("master_link_status:up"));
        });
    }

    /** Asks until it is allowed to, as a node that has just come back is not at once. */
    static void failOverTo(RedisProcess replica) {
        await("failover")
                .atMost(PATIENCE)
                .ignoreExceptionsMatching(Fault::isPassing)
                .until(() -> {
                    replica.command("CLUSTER", "FAILOVER");
                    return true;
                });
    }

    static boolean serves(RedisProcess node, String key) {
        try {
            node.command("EXISTS", key);
            return true;
        } catch (RedisError moved) {
            return false;
        }
    }

    static boolean isPassing(Throwable failure) {
        return failure instanceof RedisError || failure instanceof UncheckedIOException;
    }
}
