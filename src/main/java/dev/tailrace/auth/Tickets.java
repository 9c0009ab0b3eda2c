package dev.tailrace.auth;

import dev.tailrace.auth.Credential.Kind;
import dev.tailrace.http.Problem;
import dev.tailrace.http.Route;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.FleetId;
import dev.tailrace.storage.KeyValueStore;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tickets, for clients that can send nothing but a URL. A ticket is valid once, within a minute. A stream that was opened with one is
 * resumed with a {@link NextTicket}, which opens that stream only. A ticket has the permissions of its issuer, or fewer.
 */
public final class Tickets implements Authenticator {

    /** How long an unused ticket is valid. */
    public static final Duration LIFE = Duration.ofSeconds(60);

    private static final Pattern TICKET = Pattern.compile("[A-Za-z0-9_-]{43}");

    private final KeyValueStore store;
    private final StorageClock clock;
    private final Fleets fleets;
    private final int perSubject;
    private final Secrets secrets = new Secrets();

    /** @param perSubject unused tickets of one caller at most */
    public Tickets(KeyValueStore store, StorageClock clock, Fleets fleets, int perSubject) {
        this.store = store;
        this.clock = clock;
        this.fleets = fleets;
        this.perSubject = perSubject;
    }

    /**
     * Issues a ticket; fails with a {@link Problem} when the issuer has too many unused ones.
     *
     * @param permissions none: all permissions of the issuer
     * @param devices none: all devices of the issuer
     * @param path and query of the only stream or history that it opens; null for any
     */
    public Future<String> make(
            Identity issuer, List<Permission> permissions, List<DeviceId> devices, @Nullable String path) {
        String stream = path == null ? null : stream(path);
        String ticket = secrets.secret();
        String hash = Secrets.hash(ticket);
        long until = clock.millis() + LIFE.toMillis();
        return grants(issuer, permissions, devices)
                .compose(grants -> store.enlist(listOf(issuer.subject()), hash, until, perSubject)
                        .compose(listed -> listed
                                ? store.put(
                                        nameOf(hash),
                                        describe(issuer, grants, devices, stream),
                                        Math.min(until, issuer.expiresAt()))
                                : Future.failedFuture(tooMany())))
                .map(kept -> ticket);
    }

    private static String stream(String path) {
        try {
            String stream = StreamAddress.of(path);
            if (Route.takesTicket(stream.split("\n", 2)[0])) {
                return stream;
            }
        } catch (IllegalArgumentException unreadable) {
            // refused below
        }
        throw Problem.badParameter(
                "path", "must be the path of a log stream or history, such as /api/v1/devices/NAME/logs/stream");
    }

    private static Problem tooMany() {
        return new Problem(
                429,
                "too-many-tickets",
                "Too many unused tickets",
                "use them, or retry in " + LIFE.toSeconds() + " seconds");
    }

    private static Future<List<Grant>> grants(Identity issuer, List<Permission> permissions, List<DeviceId> devices) {
        if (issuer.grants().isEmpty()) {
            return checkedGrants(issuer, permissions.isEmpty() ? List.of(Permission.LOGS_READ) : permissions, devices);
        }
        if (permissions.isEmpty()) {
            return Future.succeededFuture(issuer.grants());
        }
        return Future.succeededFuture(issuer.grants().stream()
                .flatMap(grant -> permissions.stream()
                        .filter(grant.permission()::covers)
                        .map(permission -> new Grant(permission, grant.reach(), grant.name())))
                .distinct()
                .toList());
    }

    /** The grants of an issuer on whom another service decides each time: they cannot be checked when the ticket is used. */
    private static Future<List<Grant>> checkedGrants(
            Identity issuer, List<Permission> permissions, List<DeviceId> devices) {
        if (devices.isEmpty()) {
            throw Problem.badParameter("devices", "list the devices: this credential is authorised per device");
        }
        List<Future<List<Grant>>> each = new ArrayList<>();
        for (DeviceId device : devices) {
            for (Permission permission : permissions) {
                each.add(issuer.may(permission, device)
                        .map(may -> may ? List.of(Grant.device(permission, device)) : List.of()));
            }
        }
        return Future.all(each)
                .map(all -> each.stream().flatMap(one -> one.result().stream()).toList())
                .map(grants -> {
                    if (grants.isEmpty()) { // so that nothing is stored for a stranger
                        throw Problem.unknownDevice(devices.get(0));
                    }
                    return grants;
                });
    }

    private static String describe(
            Identity issuer, List<Grant> grants, List<DeviceId> devices, @Nullable String stream) {
        return new JsonObject()
                .put("stream", stream)
                .put("subject", issuer.subject())
                .put("credentials", new JsonArray(issuer.credentials()))
                .put("expiresAt", issuer.expiresAt())
                .put(
                        "grants",
                        new JsonArray(grants.stream().map(Grant::toString).toList()))
                .put(
                        "devices",
                        new JsonArray(devices.stream().map(DeviceId::value).toList()))
                .encode();
    }

    @Override
    public Future<@Nullable Identity> identify(Credential credential) {
        if (credential.kind() != Kind.TICKET
                || !TICKET.matcher(credential.text()).matches()) {
            return Future.succeededFuture(null);
        }
        String hash = Secrets.hash(credential.text());
        // The next ticket is stored first: if that fails, this one remains valid.
        Function<String, @Nullable Ticketed> reader = text -> {
            JsonObject kept = new JsonObject(text);
            return opens(kept, credential.stream()) ? read(kept, credential.stream()) : null;
        };
        return store.read(nameOf(hash), reader).compose(who -> {
            if (who == null) {
                return Future.succeededFuture(null);
            }
            return who.nextTicket()
                    .keep(LIFE)
                    .compose(next -> store.take(nameOf(hash)))
                    .compose(taken -> taken == null ? Future.succeededFuture(null) : struck(who, hash));
        });
    }

    /** If this fails, the ticket counts as unused until it expires. */
    private Future<@Nullable Identity> struck(Ticketed who, String hash) {
        return store.strike(listOf(who.subject()), hash).otherwiseEmpty().map(who);
    }

    private static boolean opens(JsonObject ticket, String stream) {
        String its = ticket.getString("stream");
        return its == null || its.equals(stream);
    }

    /** @param stream that the ticket opens and the next one resumes */
    private Ticketed read(JsonObject kept, String stream) {
        List<Grant> grants = texts(kept, "grants").stream().map(Grant::parse).toList();
        var issuer = new GrantedIdentity(
                Objects.requireNonNull(kept.getString("subject")),
                texts(kept, "credentials"),
                kept.getLong("expiresAt"),
                grants,
                fleets);
        Set<DeviceId> devices =
                texts(kept, "devices").stream().map(DeviceId::new).collect(Collectors.toSet());
        String next = secrets.secret();
        String name = nameOf(Secrets.hash(next));
        String text = kept.copy().put("stream", stream).encode();
        return new Ticketed(
                issuer,
                devices,
                new NextTicket(
                        next,
                        life -> store.put(name, text, Math.min(clock.millis() + life.toMillis(), issuer.expiresAt()))));
    }

    private static List<String> texts(JsonObject kept, String field) {
        return kept.getJsonArray(field).stream().map(String.class::cast).toList();
    }

    private static String nameOf(String hash) {
        return "ticket:" + hash;
    }

    private static String listOf(String subject) {
        return "tickets/" + subject;
    }

    /**
     * The issuer, limited to some devices.
     *
     * @param devices none: all
     */
    private record Ticketed(GrantedIdentity who, Set<DeviceId> devices, NextTicket nextTicket) implements Identity {

        @Override
        public String subject() {
            return who.subject();
        }

        @Override
        public List<String> credentials() {
            return who.credentials();
        }

        @Override
        public long expiresAt() {
            return who.expiresAt();
        }

        @Override
        public Future<Boolean> may(Permission permission, DeviceId device) {
            return devices.isEmpty() || devices.contains(device)
                    ? who.may(permission, device)
                    : Future.succeededFuture(false);
        }

        @Override
        public Future<Boolean> may(Permission permission, DeviceId device, @Nullable FleetId fleet) {
            return devices.isEmpty() || devices.contains(device)
                    ? who.may(permission, device, fleet)
                    : Future.succeededFuture(false);
        }

        @Override
        public boolean mayEverywhere(Permission permission) {
            return devices.isEmpty() && who.mayEverywhere(permission);
        }

        @Override
        public Scope scope(Permission permission) {
            Scope whole = who.scope(permission);
            return devices.isEmpty() || whole.isEmpty() ? whole : Scope.of(devices);
        }

        @Override
        public boolean mayFleet(Permission permission, FleetId fleet) {
            return devices.isEmpty() && who.mayFleet(permission, fleet);
        }

        @Override
        public boolean canChange() {
            return who.canChange();
        }

        @Override
        public List<Grant> grants() {
            return who.grants();
        }
    }
}
