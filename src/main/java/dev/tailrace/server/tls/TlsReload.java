package dev.tailrace.server.tls;

import dev.tailrace.config.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the TLS files now and then and hands over changed ones, for new connections. It reads rather than watches: Kubernetes
 * changes them by exchanging a symbolic link to a folder above, of which no watcher is told.
 */
public final class TlsReload {

    private static final Logger log = LoggerFactory.getLogger(TlsReload.class);

    private final Vertx vertx;
    private final Settings settings;
    private final Function<Tls, Future<?>> handOver;

    private volatile long timer;

    // All state below is touched on the context of the timer only.
    private TlsFiles used;
    private boolean looking;
    private String broken = "";
    private int sightings; // of the same thing broken

    public TlsReload(Vertx vertx, Settings settings, TlsFiles used, Function<Tls, Future<?>> handOver) {
        this.vertx = vertx;
        this.settings = settings;
        this.used = used;
        this.handOver = handOver;
    }

    public void begin() {
        timer = vertx.setPeriodic(settings.tls().reloadInterval().toMillis(), id -> look());
    }

    /** Looks no more, because the broker stops. On any thread. */
    public void end() {
        vertx.cancelTimer(timer);
    }

    private void look() {
        if (looking) {
            return;
        }
        looking = true;
        TlsFiles before = used;
        vertx.executeBlocking(() -> readUnlessEqual(before), false)
                .compose(changed -> changed.isPresent() ? take(changed.get()) : Future.succeededFuture())
                .onSuccess(same -> broken = "")
                .onFailure(this::onBroken)
                .onComplete(looked -> looking = false);
    }

    private record Changed(TlsFiles files, Tls tls) {}

    private Optional<Changed> readUnlessEqual(TlsFiles before) {
        TlsFiles files = Objects.requireNonNull(TlsFiles.read(settings));
        return files.equals(before)
                ? Optional.empty()
                : Optional.of(new Changed(files, Tls.of(files, settings.tls().clientRequired())));
    }

    private Future<Void> take(Changed changed) {
        return handOver.apply(changed.tls()).<Void>mapEmpty().onSuccess(taken -> {
            used = changed.files();
            log.info(
                    "New TLS files are in use; the certificate expires at {}",
                    changed.tls().expires());
        });
    }

    // Told when it is seen twice, because the certificate and its key are two files, and one comes before the other.
    private void onBroken(Throwable cause) {
        String why = String.valueOf(cause.getMessage());
        sightings = why.equals(broken) ? sightings + 1 : 1;
        broken = why;
        if (sightings == 2) {
            log.warn("The changed TLS files cannot be used, the previous ones stay in use: {}", why);
        }
    }
}
