package dev.tailrace.storage;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Entries;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The seam between storing and serving: order, identity and threads of announcements inside a node. */
@Tag("unit")
@ExtendWith(VertxExtension.class)
class AnnouncementsTest {

    private static final DeviceId DEVICE = new DeviceId("d");
    private static final int LOOPS = 6;
    private static final int MANY = 5_000; // many more than a consumer buffers while it is paused

    @Test
    void announced_reachesEachListener_inOrder_onItsOwnLoop(Vertx vertx, VertxTestContext test) {
        Announcements announcements = new Announcements(vertx);
        Checkpoint heardAll = test.checkpoint(2);
        AtomicInteger listening = new AtomicInteger();
        Context announcing = vertx.getOrCreateContext();
        for (int i = 0; i < 2; i++) {
            vertx.getOrCreateContext().runOnContext(nothing -> {
                Thread loop = Thread.currentThread();
                List<Long> heard = new ArrayList<>();
                announcements.listen(
                        DEVICE,
                        announcement -> test.verify(() -> {
                            assertThat(Thread.currentThread()).isSameAs(loop);
                            heard.add(((Announcement.Cleared) announcement).offset());
                            if (heard.size() == MANY) {
                                assertThat(heard).isSorted().doesNotHaveDuplicates();
                                heardAll.flag();
                            }
                        }));
                if (listening.incrementAndGet() == 2) {
                    announcing.runOnContext(go -> announceMany(announcements));
                }
            });
        }
    }

    private static void announceMany(Announcements announcements) {
        for (long offset = 1; offset <= MANY; offset++) {
            announcements.announce(DEVICE, new Announcement.Cleared("k", offset));
        }
    }

    @Test
    void announced_isTheSameInstanceEverywhere(Vertx vertx, VertxTestContext test) {
        Announcements announcements = new Announcements(vertx);
        Announcement away = new Announcement.Unavailable();
        vertx.runOnContext(nothing -> {
            announcements.listen(
                    DEVICE,
                    announcement -> test.verify(() -> {
                        assertThat(announcement).isSameAs(away);
                        test.completeNow();
                    }));
            announcements.announce(DEVICE, away);
        });
    }

    @Test
    void closedWatch_receivesNothing_norDoOtherDevices(Vertx vertx, VertxTestContext test) {
        Announcements announcements = new Announcements(vertx);
        vertx.runOnContext(nothing -> {
            RingStore.Watch watch = announcements.listen(DEVICE, heard -> test.failNow("heard after the close"));
            announcements.listen(new DeviceId("e"), heard -> test.failNow("heard another device"));
            watch.close();
            announcements.listen(DEVICE, heard -> test.completeNow());
            announcements.announce(DEVICE, new Announcement.Unavailable());
        });
    }

    @Test
    void announcementsOfOneTask_arriveInOneTask(Vertx vertx) throws Exception {
        Announcements announcements = new Announcements(vertx);
        CountDownLatch listening = new CountDownLatch(1);
        CountDownLatch heardAll = new CountDownLatch(1);
        List<String> heard = new ArrayList<>();
        onALoopOfItsOwn(vertx, () -> {
            Context listener = vertx.getOrCreateContext();
            announcements.listen(DEVICE, announcement -> {
                heard.add("announcement");
                if (heard.size() == 3) {
                    heardAll.countDown();
                }
            });
            onALoopOfItsOwn(vertx, () -> {
                announcements.announce(DEVICE, new Announcement.Cleared("k", 1));
                listener.runOnContext(between -> heard.add("task between"));
                announcements.announce(DEVICE, new Announcement.Cleared("k", 2));
            });
            listening.countDown();
        });
        assertThat(listening.await(10, SECONDS)).isTrue();
        assertThat(heardAll.await(10, SECONDS)).isTrue();
        assertThat(heard).containsExactly("task between", "announcement", "announcement");
    }

    @Test
    void announcerThatIsStuck_doesNotDelayOtherAnnouncements(Vertx vertx) throws Exception {
        Announcements announcements = new Announcements(vertx);
        CountDownLatch listening = new CountDownLatch(1);
        CountDownLatch announced = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        Semaphore heard = new Semaphore(0);
        onALoopOfItsOwn(vertx, () -> {
            announcements.listen(DEVICE, announcement -> heard.release());
            listening.countDown();
        });
        assertThat(listening.await(10, SECONDS)).isTrue();
        onALoopOfItsOwn(vertx, () -> {
            announcements.announce(DEVICE, new Announcement.Cleared("k", 1));
            announced.countDown();
            awaitQuietly(free);
        });
        assertThat(announced.await(10, SECONDS)).isTrue();
        onALoopOfItsOwn(vertx, () -> announcements.announce(DEVICE, new Announcement.Cleared("k", 2)));
        assertThat(heard.tryAcquire(2, 10, SECONDS)).as("both are received").isTrue();
        free.countDown();
    }

    @Test
    void listenerThatFails_isReported_andTheOthersAreCalled(Vertx vertx, VertxTestContext test) {
        Announcements announcements = new Announcements(vertx);
        RuntimeException failure = new IllegalStateException("on purpose");
        List<Throwable> reported = new ArrayList<>();
        vertx.runOnContext(nothing -> {
            vertx.getOrCreateContext().exceptionHandler(reported::add);
            announcements.listen(DEVICE, heard -> {
                throw failure;
            });
            announcements.listen(
                    DEVICE,
                    heard -> vertx.runOnContext(later -> test.verify(() -> {
                        assertThat(reported).containsExactly(failure);
                        test.completeNow();
                    })));
            announcements.announce(DEVICE, new Announcement.Unavailable());
        });
    }

    @Test
    void moreThanMayWaitForALoop_isDropped_andReportedOnce(Vertx vertx, VertxTestContext test) {
        Announcements announcements = new Announcements(vertx);
        int size = 1024 * 1024;
        Entries entries = Entries.unpack(new byte[size], 0, size);
        int room = (int) (Announcements.LOOP_BYTES / size) - 1; // a little less because of the overhead of each
        List<Announcement> heard = new ArrayList<>();
        vertx.runOnContext(nothing -> {
            announcements.listen(DEVICE, heard::add);
            // In one tick of the loop, so that none is handled before the last was announced.
            for (int i = 0; i < room + 5; i++) {
                announcements.announce(DEVICE, new Announcement.Stored("k", 1 + i, entries));
            }
            announcements.announce(DEVICE, new Announcement.Unavailable());
            test.verify(() -> {
                assertThat(announcements.dropped()).isEqualTo(5);
                assertThat(announcements.waitingBytes()).isLessThanOrEqualTo(Announcements.LOOP_BYTES + 1024);
            });
            vertx.runOnContext(later -> test.verify(() -> {
                assertThat(heard).hasSize(room + 2);
                assertThat(heard.subList(0, room)).allMatch(Announcement.Stored.class::isInstance);
                assertThat(heard.get(room)).isInstanceOf(Announcement.Missed.class);
                assertThat(heard.get(room + 1)).isInstanceOf(Announcement.Unavailable.class);
                assertThat(announcements.waitingBytes()).isZero();
                announcements.announce(DEVICE, new Announcement.Stored("k", 99, entries));
                vertx.runOnContext(last -> test.verify(() -> {
                    assertThat(heard).hasSize(room + 3);
                    test.completeNow();
                }));
            }));
        });
    }

    @Test
    void clears_areBoundedToo_byWhatTheyCostWithoutEntries(Vertx vertx, VertxTestContext test) {
        Announcements announcements = new Announcements(vertx);
        int room = (int) (Announcements.LOOP_BYTES / Announcements.OVERHEAD_BYTES);
        List<Announcement> heard = new ArrayList<>();
        vertx.runOnContext(nothing -> {
            announcements.listen(DEVICE, heard::add);
            for (int i = 0; i < room + 5; i++) {
                announcements.announce(DEVICE, new Announcement.Cleared("k", 1 + i));
            }
            test.verify(() -> assertThat(announcements.dropped()).isEqualTo(5));
            announcements.announce(DEVICE, new Announcement.Unavailable()); // no read of the ring replaces it
            vertx.runOnContext(later -> test.verify(() -> {
                assertThat(heard).hasSize(room + 2).last().isInstanceOf(Announcement.Unavailable.class);
                assertThat(heard.get(room)).isInstanceOf(Announcement.Missed.class);
                announcements.announce(DEVICE, new Announcement.Cleared("k", 1));
                for (int i = 0; i < room; i++) {
                    announcements.announce(DEVICE, new Announcement.Cleared("k", 2 + i));
                }
                assertThat(announcements.dropped()).as("another one").isEqualTo(6);
                vertx.runOnContext(last -> test.verify(() -> {
                    assertThat(heard).as("is reported again").last().isInstanceOf(Announcement.Missed.class);
                    test.completeNow();
                }));
            }));
        });
    }

    @Test
    void moreThanMayWaitForAllLoops_isDropped() throws Exception {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(LOOPS));
        try {
            Announcements announcements = new Announcements(vertx);
            int size = 1024 * 1024;
            Entries entries = Entries.unpack(new byte[size], 0, size);
            CountDownLatch listening = new CountDownLatch(LOOPS);
            CountDownLatch free = new CountDownLatch(1);
            for (int i = 0; i < LOOPS; i++) {
                onALoopOfItsOwn(vertx, () -> {
                    announcements.listen(DEVICE, heard -> awaitQuietly(free));
                    listening.countDown();
                });
            }
            assertThat(listening.await(10, SECONDS)).isTrue();
            int each = (int) (Announcements.LOOP_BYTES / size) - 1; // fewer than may wait for one of them
            for (int i = 0; i < each; i++) {
                announcements.announce(DEVICE, new Announcement.Stored("k", 1 + i, entries));
            }
            // Without what is handled already, one for each loop.
            assertThat(announcements.waitingBytes())
                    .isBetween(
                            Announcements.TOTAL_BYTES - size - 1024 - (long) LOOPS * size,
                            Announcements.TOTAL_BYTES + LOOPS * 1024L);
            assertThat(announcements.dropped()).isPositive();
            free.countDown();
            await().atMost(10, SECONDS).until(() -> announcements.waitingBytes() == 0);
        } finally {
            vertx.close();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Test
    void loopThatIsStuck_doesNotTakeFromTheOthers(Vertx vertx, VertxTestContext test) throws Exception {
        Announcements announcements = new Announcements(vertx);
        int size = 1024 * 1024;
        Entries entries = Entries.unpack(new byte[size], 0, size);
        int count = 2 * (int) (Announcements.LOOP_BYTES / size);
        CountDownLatch listening = new CountDownLatch(2);
        CountDownLatch free = new CountDownLatch(1);
        Semaphore heardByTheOther = new Semaphore(0);
        onALoopOfItsOwn(vertx, () -> {
            announcements.listen(
                    DEVICE,
                    heard -> test.verify(
                            () -> assertThat(free.await(20, SECONDS)).isTrue()));
            listening.countDown();
        });
        onALoopOfItsOwn(vertx, () -> {
            announcements.listen(DEVICE, heard -> heardByTheOther.release());
            listening.countDown();
        });
        assertThat(listening.await(10, SECONDS)).isTrue();
        for (int i = 0; i < count; i++) {
            announcements.announce(DEVICE, new Announcement.Stored("k", 1 + i, entries));
            assertThat(heardByTheOther.tryAcquire(10, SECONDS))
                    .as("announcement %s", i)
                    .isTrue();
        }
        assertThat(announcements.dropped()).isPositive();
        free.countDown();
        test.completeNow();
    }

    private static void onALoopOfItsOwn(Vertx vertx, Runnable what) {
        vertx.deployVerticle(new VerticleBase() {
            @Override
            public Future<?> start() {
                what.run();
                return Future.succeededFuture();
            }
        });
    }
}
