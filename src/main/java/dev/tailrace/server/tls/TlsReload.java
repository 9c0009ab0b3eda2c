package dev.tailrace.server.tls;

import dev.tailrace.config.TlsSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the TLS files periodically, and applies changed ones to new connections. It does not watch the files, because Kubernetes changes
 * them by replacing a symbolic link to a parent folder, which watchers do not notice.
 */
public final class TlsReload {

    private static final Logger log = LoggerFactory.getLogger(TlsReload.class);

    private final Vertx vertx;
    private final TlsSettings settings;
    private final Function<Tls, Future<?>> apply;

    private volatile long timer;

    // All state below is touched on the context of the timer only.
    private TlsFiles used;
    private boolean checking;
    private String broken = "";
    private int reads; // of the same broken content

    public TlsReload(Vertx vertx, TlsSettings settings, TlsFiles used, Function<Tls, Future<?>> apply) {
        this.vertx = vertx;
        this.settings = settings;
        this.used = used;
        this.apply = apply;
    }

    public void begin() {
        timer = vertx.setPeriodic(settings.reloadInterval().toMillis(), id -> check());
    }

    /** Stops reading, because the broker stops. May be called on any thread. */
    public void end() {
        vertx.cancelTimer(timer);
    }

    private void check() {
        if (checking) {
            return;
        }
        checking = true;
        TlsFiles before = used;
        vertx.executeBlocking(() -> readUnlessEqual(before), false)
                .compose(changed -> changed.isPresent() ? use(changed.get()) : Future.succeededFuture())
                .onSuccess(same -> broken = "")
                .onFailure(this::onBroken)
                .onComplete(checked -> checking = false);
    }

    private record Changed(TlsFiles files, Tls tls) {}

    private Optional<Changed> readUnlessEqual(TlsFiles before) {
        TlsFiles files = Objects.requireNonNull(TlsFiles.read(settings));
        return files.equals(before)
                ? Optional.empty()
                : Optional.of(new Changed(files, Tls.of(files, settings.clientRequired())));
    }

    private Future<Void> use(Changed changed) {
        return apply.apply(changed.tls()).<Void>mapEmpty().onSuccess(taken -> {
            used = changed.files();
            log.info(
                    "New TLS files are in use; the certificate expires at {}",
                    changed.tls().expires());
        });
    }

    // Logged when it is read twice, because the certificate and its key are two files, and one is written before the
    // other.
    private void onBroken(Throwable cause) {
        String why = String.valueOf(cause.getMessage());
        reads = why.equals(broken) ? reads + 1 : 1;
        broken = why;
        if (reads == 2) {
            log.warn("The changed TLS files cannot be used, the previous ones stay in use: {}", why);
        }
    }
}
