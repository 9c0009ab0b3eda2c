package dev.tailrace.server;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.broker.Activity;
import dev.tailrace.model.DeviceId;
import dev.tailrace.storage.DeviceDirectory;
import dev.tailrace.storage.KnownDevice;
import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class ActivityReporterTest {

    private static final DeviceId FIRST = new DeviceId("first");
    private static final DeviceId SECOND = new DeviceId("second");

    private final Vertx vertx = Vertx.vertx();
    private final Activity activity = new Activity();
    private final Storage storage = new Storage();
    private final ActivityReporter rollCall = new ActivityReporter(vertx, activity, storage);

    /** Reports and purges complete when the test completes them. */
    private static final class Storage implements DeviceDirectory {
        final List<Sightings> reports = new ArrayList<>();
        final List<Promise<Void>> answers = new ArrayList<>();
        final List<Promise<Void>> purges = new ArrayList<>();

        @Override
        public Future<Void> report(Sightings sightings) {
            reports.add(sightings);
            Promise<Void> answer = Promise.promise();
            answers.add(answer);
            return answer.future();
        }

        @Override
        public Future<Void> purge() {
            Promise<Void> answer = Promise.promise();
            purges.add(answer);
            return answer.future();
        }

        @Override
        public Future<Changes> changes(@Nullable Mark after, int most) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<@Nullable KnownDevice> device(DeviceId device) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Integer> count() {
            throw new UnsupportedOperationException();
        }
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(10, SECONDS);
    }

    @Test
    void reportWithoutAnAnswer_isNotRepeated() {
        for (int i = 0; i < 5; i++) {
            rollCall.tick();
        }
        assertThat(storage.reports).hasSize(1);
        storage.answers.get(0).complete();
        rollCall.tick();
        assertThat(storage.reports).hasSize(2);
    }

    @Test
    void activityDuringAReport_isPartOfTheNextOne() {
        activity.connected(FIRST);
        rollCall.tick();
        activity.connected(SECOND);
        rollCall.tick();
        storage.answers.get(0).complete();
        rollCall.tick();
        assertThat(storage.reports)
                .extracting(report -> List.copyOf(report.joined()))
                .containsExactly(List.of(FIRST), List.of(SECOND));
    }

    @Test
    void failedReport_isPartOfTheNextOne() {
        activity.connected(FIRST);
        rollCall.tick();
        storage.answers.get(0).fail(new RingUnavailableException("slow"));
        rollCall.tick();
        assertThat(storage.reports.get(1).joined()).containsExactly(FIRST);
    }

    @Test
    void purge_doesNotOverlap() {
        rollCall.purge();
        rollCall.purge();
        assertThat(storage.purges).hasSize(1);
        storage.purges.get(0).fail(new RingUnavailableException("slow"));
        rollCall.purge();
        assertThat(storage.purges).hasSize(2);
    }
}
