package dev.tailrace.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.junit5.Checkpoint;
import io.vertx.junit5.VertxExtension;
import io.vertx.junit5.VertxTestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The seam between storing and serving: order, identity and threads of what is announced inside a node. */
@ExtendWith(VertxExtension.class)
class AnnouncementsTest {

    private static final DeviceId DEVICE = new DeviceId("d");
    private static final int MANY = 5_000; // far beyond what a consumer buffers while it is paused

    @Test
    void announced_isHeardByEachListener_inOrder_onItsOwnLoop(Vertx vertx, VertxTestContext test) {
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
        Announcement away = new Announcement.Away();
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
    void closedWatch_hearsNothing_andOtherDevicesDoNotEither(Vertx vertx, VertxTestContext test) {
        Announcements announcements = new Announcements(vertx);
        vertx.runOnContext(nothing -> {
            Ring.Watch watch = announcements.listen(DEVICE, heard -> test.failNow("heard after the close"));
            announcements.listen(new DeviceId("e"), heard -> test.failNow("heard another device"));
            watch.close();
            announcements.listen(DEVICE, heard -> test.completeNow());
            announcements.announce(DEVICE, new Announcement.Away());
        });
    }
}
