package dev.tailrace.storage.redis;

import dev.tailrace.storage.KeyValueStore;
import dev.tailrace.storage.RevocationList;
import dev.tailrace.storage.redis.link.Call;
import dev.tailrace.storage.redis.link.RedisRouter;
import dev.tailrace.storage.redis.link.Script;
import dev.tailrace.storage.redis.link.Slots;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Revoked credentials in Redis: one sorted set, whose scores are their numbers. */
final class RedisRevocations implements RevocationList {

    private static final String KEY = "tailrace:auth:revoked";
    /** Written by versions that did not number what they revoked. */
    private static final String KEY_BEFORE = "tailrace:auth:list:revoked";

    private static final Pattern MEMBER_BEFORE = Pattern.compile("([^@]+)@(\\d{1,19})");

    /** Those versions listed every credential for so long from its revocation on. */
    private static final long KEPT_BEFORE_MILLIS = Duration.ofDays(30).toMillis();

    /** The longest life of a login of those versions. */
    private static final long LOGIN_BEFORE_MILLIS = Duration.ofHours(12).toMillis();

    private static final Pattern MEMBER = Pattern.compile("([^@]+)@(\\d{1,19})@(\\d{1,19})");

    /** Fields before the members, in the answer to a read. */
    private static final int MEMBERS_FROM = 4;

    private static final int MEMBER_BYTES = 100;

    private final RedisRouter link;
    private final CorruptData damage;

    RedisRevocations(RedisRouter link, CorruptData damage) {
        this.link = link;
        this.damage = damage;
    }

    @Override
    public Future<Void> add(List<Revocation> revocations) {
        return call(Scripts.REVOKE, KEY, revocations.size() * MEMBER_BYTES, request -> {
                    revocations.forEach(one -> request.arg(member(one)));
                })
                .onSuccess(answer -> {
                    if (answer.toString().equals("REPAIRED")) {
                        damage.found("the list of revoked credentials");
                    }
                })
                .mapEmpty();
    }

    @Override
    public Future<Void> takeOver() {
        return takeOver(0);
    }

    private Future<Void> takeOver(int from) {
        Future<Response> page = call(
                Scripts.REVOKED_BEFORE,
                KEY_BEFORE,
                0,
                request -> request.arg(from).arg(PAGE));
        return damage.unlessOfAnotherType(KEY_BEFORE, page).compose(answer -> {
            if (answer == null || answer.size() == 0) {
                return Future.succeededFuture();
            }
            List<Revocation> revoked = new ArrayList<>(answer.size() / 2);
            for (int i = 0; i < answer.size(); i += 2) {
                addBefore(answer.get(i).toString(), answer.get(i + 1).toString(), revoked);
            }
            return add(revoked).compose(added -> takeOver(from + PAGE));
        });
    }

    /** The same time for each reader, so that it is listed once. */
    private void addBefore(String member, String score, List<Revocation> revoked) {
        Matcher matcher = MEMBER_BEFORE.matcher(member);
        try {
            if (matcher.matches()) {
                String credential = matcher.group(1);
                revoked.add(new Revocation(
                        credential,
                        Long.parseLong(matcher.group(2)),
                        endBefore(credential, Double.parseDouble(score))));
                return;
            }
        } catch (NumberFormatException wrong) {
            // reported below
        }
        damage.found("a credential that an older version revoked");
    }

    /** The list of those versions does not have the time when a credential ends by itself. */
    private static long endBefore(String credential, double listedUntil) {
        if (credential.startsWith("login:")) {
            return (long) listedUntil - KEPT_BEFORE_MILLIS + LOGIN_BEFORE_MILLIS;
        }
        // A key is removed besides; any other credential may be valid for longer than it was listed.
        return credential.startsWith("key:") ? (long) listedUntil : KeyValueStore.FOREVER;
    }

    @Override
    public Future<Page> readAfter(long number, List<Revocation> over) {
        return call(Scripts.REVOKED, KEY, over.size() * MEMBER_BYTES, request -> {
                    request.arg(number).arg(PAGE);
                    over.forEach(one -> request.arg(member(one)));
                })
                .map(this::page);
    }

    private Page page(Response answer) {
        String life = answer.get(2).toString();
        List<Revocation> entries = new ArrayList<>((answer.size() - MEMBERS_FROM) / 2);
        boolean more = answer.size() > MEMBERS_FROM;
        long next = answer.get(3).toLong();
        for (int i = MEMBERS_FROM; i < answer.size(); i += 2) {
            String member = answer.get(i).toString();
            next = answer.get(i + 1).toLong();
            if (member.equals(life)) {
                more = false; // the last page
            } else {
                add(member, entries);
            }
        }
        // Another server may lack entries that this one has, so its mastership is a part of the life's name.
        return new Page(
                life + " " + answer.get(1),
                answer.get(3).toLong(),
                next,
                more,
                answer.get(0).toLong(),
                entries);
    }

    private void add(String member, List<Revocation> entries) {
        Matcher matcher = MEMBER.matcher(member);
        try {
            if (matcher.matches()) {
                entries.add(new Revocation(
                        matcher.group(1), Long.parseLong(matcher.group(2)), Long.parseLong(matcher.group(3))));
                return;
            }
        } catch (NumberFormatException tooLarge) {
            // reported below
        }
        damage.found("a revoked credential");
    }

    private static String member(Revocation one) {
        return one.credential() + "@" + one.from() + "@" + one.until();
    }

    private Future<Response> call(Script script, String key, int bytes, Arguments arguments) {
        return link.call(new Call("store revoked credentials", Slots.of(key), bytes, server -> {
            Request request =
                    Request.cmd(Command.EVALSHA).arg(script.sha1()).arg(1).arg(key);
            arguments.addTo(request);
            return request;
        }));
    }

    /** Arguments of a script, after its key. */
    private interface Arguments {
        void addTo(Request request);
    }
}
