package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.auth.Credential.Kind;
import dev.tailrace.storage.KeyValueStore;
import dev.tailrace.storage.RingUnavailableException;
import dev.tailrace.storage.memory.MemoryCredentials;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A ticket whose use is interrupted by a failure of storage. */
@Tag("unit")
final class TicketsTest {

    private final FailingStore store = new FailingStore();
    private final StorageClock clock = new StorageClock();
    private final Tickets tickets = new Tickets(store, clock, Fleets.NONE, 5);
    private final GrantedIdentity maker = new GrantedIdentity(
            "somebody", List.of(), Long.MAX_VALUE, List.of(Grant.parse("logs:read@*")), Fleets.NONE);

    private static final class FailingStore implements KeyValueStore {
        final MemoryCredentials kept = new MemoryCredentials();
        Set<String> failing = Set.of();
        long until; // of the last value

        private <T> Future<T> unless(String call, Future<T> answer) {
            return failing.contains(call)
                    ? Future.failedFuture(new RingUnavailableException("the test says so"))
                    : answer;
        }

        @Override
        public Future<Void> put(String name, String text, long until) {
            this.until = until;
            return failing.contains("put") ? unless("put", Future.succeededFuture()) : kept.put(name, text, until);
        }

        @Override
        public Future<@Nullable String> get(String name) {
            return unless("get", kept.get(name));
        }

        @Override
        public Future<@Nullable String> take(String name) {
            return failing.contains("take") ? unless("take", Future.succeededFuture(null)) : kept.take(name);
        }

        @Override
        public Future<Void> remove(String name) {
            return kept.remove(name);
        }

        @Override
        public Future<Boolean> enlist(String list, String member, long until, int most) {
            return kept.enlist(list, member, until, most);
        }

        @Override
        public Future<Void> strike(String list, String member) {
            return failing.contains("strike") ? unless("strike", Future.succeededFuture()) : kept.strike(list, member);
        }

        @Override
        public Future<List<String>> listed(String list) {
            return kept.listed(list);
        }
    }

    private Future<@Nullable Identity> use(String ticket) {
        return tickets.identify(new Credential(Kind.TICKET, ticket));
    }

    @Test
    void ticketWhoseUseFailed_remainsValid_once() {
        String ticket = tickets.make(maker, List.of(), List.of(), null).result();
        for (String call : List.of("get", "put", "take")) {
            store.failing = Set.of(call);
            assertThat(use(ticket).cause()).as(call).isInstanceOf(RingUnavailableException.class);
        }
        store.failing = Set.of();
        assertThat(use(ticket).result()).isNotNull();
        assertThat(use(ticket).succeeded()).isTrue();
        assertThat(use(ticket).result()).isNull();
    }

    @Test
    void ticket_isValidForAMinute_byTheClockOfStorage() {
        for (long ahead :
                new long[] {Duration.ofDays(1).toMillis(), -Duration.ofDays(1).toMillis()}) {
            long now = System.currentTimeMillis() + ahead;
            clock.set(now, clock.nanos());
            tickets.make(maker, List.of(), List.of(), null);
            assertThat(store.until).isBetween(now + 60_000, now + 90_000); // the test itself takes some time
        }
    }

    @Test
    void usedTicket_isValid_evenIfItStaysOnTheList() {
        String ticket = tickets.make(maker, List.of(), List.of(), null).result();
        store.failing = Set.of("strike");
        Identity who = use(ticket).result();
        assertThat(who).isNotNull();
        assertThat(who.nextTicket()).isNotNull();
        assertThat(use(ticket).result()).isNull();
    }
}
