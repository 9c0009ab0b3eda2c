package dev.tailrace.storage.redis.link;

import dev.tailrace.storage.RingUnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.ProtocolVersion;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens one connection to one server, encrypted and authenticated as the URL demands, and checks the server. */
public final class RedisConnector {

    private static final Logger log = LoggerFactory.getLogger(RedisConnector.class);

    /**
     * A connection on which nothing moved for so long is closed by force. Healthy ones are pinged every second. Without
     * this, a connection that is closed while the server does not read would be kept until it does, because closing
     * waits for what was written. Far longer than any pause of the process, because the timer may run before what
     * arrived in a pause is read.
     */
    private static final int IDLE_SECONDS = 60;

    /** The longest list in an answer of Redis: the known devices. */
    private static final int MAX_LIST = 4 * 1024 * 1024;

    private static final Set<String> REFUSALS = Set.of("WRONGPASS", "NOPERM", "ERR");

    private final Vertx vertx;
    private final RedisUri uri;
    private final RedisLimits limits;
    private final ConnectLimit limit;

    public RedisConnector(Vertx vertx, RedisUri uri, RedisLimits limits) {
        this.vertx = vertx;
        this.uri = uri;
        this.limits = limits;
        this.limit = new ConnectLimit(limits.connect());
    }

    /** How long a few round trips to a server may take, as far as is known. */
    ConnectLimit limit() {
        return limit;
    }

    /**
     * Connects on the calling event loop.
     *
     * @param sentinel whether a sentinel is expected there, which has a password of its own
     * @return the connection, or a {@link RedisRefusedException} when waiting will not help, or a {@link
     *     RingUnavailableException}
     */
    Future<RedisSession> open(RedisAddress address, boolean sentinel) {
        Redis client;
        long within = limit.millis();
        long began = System.nanoTime();
        try {
            client = Redis.createClient(vertx, options(address, sentinel, within));
        } catch (RuntimeException unusable) {
            return Future.failedFuture(explained(address, unusable));
        }
        return client.connect()
                .compose(connection -> checkServer(client, connection, address))
                .timeout(within, TimeUnit.MILLISECONDS)
                .onSuccess(opened -> limit.took(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)))
                .recover(cause -> {
                    if (System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(within)) {
                        limit.exceeded(within);
                    }
                    closeQuietly(client);
                    return Future.failedFuture(explained(address, cause));
                });
    }

    private static Future<RedisSession> checkServer(Redis client, RedisConnection connection, RedisAddress address) {
        return connection.send(Request.cmd(Command.INFO)).map(info -> {
            Server server = Server.of(address, info);
            server.requireVersion();
            return new RedisSession(client, connection, server);
        });
    }

    private RedisOptions options(RedisAddress address, boolean sentinel, long within) {
        NetClientOptions net = new NetClientOptions()
                .setConnectTimeout((int) within)
                .setIdleTimeout(IDLE_SECONDS)
                .setTcpKeepAlive(true)
                .setTcpNoDelay(true);
        if (uri.tls()) {
            encrypt(net);
        }
        @Nullable String user = sentinel ? null : uri.user();
        @Nullable String password = sentinel ? uri.sentinelPassword() : uri.password();
        RedisOptions options = new RedisOptions()
                .setType(RedisClientType.STANDALONE)
                .setNetClientOptions(net)
                .setConnectionString(connectionString(address, sentinel))
                .setPreferredProtocolVersion(ProtocolVersion.RESP3)
                .setMaxPoolSize(1)
                .setMaxPoolWaiting(1)
                .setPoolCleanerInterval(-1)
                .setMaxMultiLength(MAX_LIST)
                // Room for what is sent besides the calls that are counted: scripts when they are loaded.
                .setMaxWaitingHandlers(limits.calls() + 64);
        if (user != null) {
            options.setUser(user);
        }
        if (password != null) {
            options.setPassword(password);
        }
        return options;
    }

    private void encrypt(NetClientOptions net) {
        net.setSsl(true).setTrustAll(!uri.verify()).setHostnameVerificationAlgorithm(uri.verify() ? "HTTPS" : "");
        if (uri.ca() != null) {
            net.setTrustOptions(new PemTrustOptions().addCertPath(uri.ca()));
        }
    }

    private String connectionString(RedisAddress address, boolean sentinel) {
        String database = sentinel || uri.database() == 0 ? "" : "/" + uri.database();
        return (uri.tls() ? "rediss://" : "redis://") + address + database;
    }

    private static RuntimeException explained(RedisAddress address, Throwable cause) {
        if (cause instanceof RedisRefusedException refused) {
            return refused;
        }
        String message = String.valueOf(cause.getMessage());
        RedisError error = RedisError.of(cause);
        if (error != null && error.code().equals("NOAUTH")) {
            return new RedisRefusedException("Redis at " + address + " needs a password: " + message);
        }
        if (error != null && REFUSALS.contains(error.code())) {
            return new RedisRefusedException("Redis at " + address + " refuses this client: " + message);
        }
        if (cause instanceof SSLException) {
            return new RedisRefusedException(
                    "Redis at " + address + " and this client do not agree on TLS: " + message);
        }
        return new RingUnavailableException("Redis at " + address + " cannot be reached: " + message);
    }

    static void closeQuietly(Redis client) {
        client.close().onFailure(cause -> log.debug("Closing a connection to Redis", cause));
    }
}
