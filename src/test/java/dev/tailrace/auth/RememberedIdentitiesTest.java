package dev.tailrace.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.auth.Credential.Kind;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The cache of valid credentials. */
@Tag("unit")
final class RememberedIdentitiesTest {

    private static final int MAX_BYTES = 100_000;

    private final AtomicLong now = new AtomicLong();
    private final RememberedIdentities remembered = new RememberedIdentities(MAX_BYTES, now::get);

    private static String key(int number) {
        return RememberedIdentities.keyOf(new Credential(Kind.TOKEN, "token-" + number));
    }

    private static Identity identity(String subject, int grants) {
        List<Grant> all = IntStream.range(0, grants)
                .mapToObj(i -> Grant.parse("logs:read@device/" + "d".repeat(100) + i))
                .toList();
        return new GrantedIdentity(subject, List.of("sub:" + subject), Identity.NEVER, all, Fleets.NONE);
    }

    @Test
    void bytes_areLimited_whateverTheSizeOfEach() {
        for (int i = 0; i < 10_000; i++) {
            remembered.put(key(i), identity("x".repeat(i % 500), i % 40));
            assertThat(remembered.bytes()).isLessThanOrEqualTo(MAX_BYTES);
        }
        assertThat(remembered.find(key(9999))).isNotNull();
        assertThat(remembered.find(key(0))).isNull();
    }

    @Test
    void identityThatIsPutAgain_countsOnce() {
        remembered.put(key(1), identity("somebody", 3));
        long once = remembered.bytes();
        remembered.put(key(1), identity("somebody", 3));
        assertThat(remembered.bytes()).isEqualTo(once);
    }

    @Test
    void identity_isCachedForSeconds() {
        remembered.put(key(1), identity("somebody", 1));
        now.addAndGet(TimeUnit.SECONDS.toNanos(5) - 1);
        assertThat(remembered.find(key(1))).isNotNull();
        now.incrementAndGet();
        assertThat(remembered.find(key(1))).isNull();
    }

    @Test
    void key_hidesTheCredential_andDependsOnItsKind() {
        assertThat(key(1)).hasSize(64).doesNotContain("token");
        assertThat(RememberedIdentities.keyOf(new Credential(Kind.COOKIE, "a")))
                .isNotEqualTo(RememberedIdentities.keyOf(new Credential(Kind.TOKEN, "a")));
    }
}
