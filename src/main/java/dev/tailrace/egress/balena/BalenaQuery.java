package dev.tailrace.egress.balena;

import dev.tailrace.broker.Filter;
import dev.tailrace.egress.Query;
import dev.tailrace.model.Position;
import io.vertx.core.MultiMap;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.TemporalAccessor;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses the query of a balena reader, as leniently as balena does: a number or time that cannot be parsed counts as
 * absent. The parameters that Tailrace adds are parsed as on its other routes: a mistake there is a {@link
 * dev.tailrace.http.Problem}.
 */
final class BalenaQuery {

    /** As many as the ring holds. */
    static final int ALL = Integer.MAX_VALUE;

    private static final List<String> ONCE = List.of("count", "start", "stream");

    /** Parses a number as JavaScript's parseInt does. */
    private static final Pattern NUMBER = Pattern.compile("\\s*([+-]?\\d{1,18}).*", Pattern.DOTALL);

    private static final Pattern MILLIS = Pattern.compile("-?\\d{1,18}");

    private static final List<DateTimeFormatter> TIMES = List.of(
            DateTimeFormatter.ISO_DATE_TIME,
            DateTimeFormatter.ISO_DATE,
            DateTimeFormatter.RFC_1123_DATE_TIME,
            DateTimeFormatter.ofPattern("EEE MMM dd yyyy HH:mm:ss 'GMT'xx", Locale.ENGLISH));

    private final MultiMap params;
    private final Query query;

    BalenaQuery(MultiMap params) {
        this.params = params;
        this.query = new Query(params);
    }

    /** Whether a parameter is repeated that balena takes once; balena refuses such a request. */
    boolean isAmbiguous() {
        return ONCE.stream().anyMatch(name -> params.getAll(name).size() > 1);
    }

    boolean isLive() {
        return "1".equals(params.get("stream"));
    }

    /** The number of newest entries; empty when it is negative, which balena answers with an obscure error. */
    int count(int absent) {
        String text = params.get("count");
        if ("all".equals(text)) {
            return ALL;
        }
        Matcher number = NUMBER.matcher(text == null ? "" : text);
        if (!number.matches()) {
            return absent;
        }
        return (int) Math.max(0, Math.min(ALL, Long.parseLong(number.group(1))));
    }

    /** The earliest time of receipt, epoch milliseconds. */
    long start(long absent, long earliest) {
        String text = params.get("start");
        Long start = text == null ? null : millis(text.trim());
        return Math.max(earliest, start == null ? absent : start);
    }

    private static @Nullable Long millis(String text) {
        if (MILLIS.matcher(text).matches()) {
            return Long.parseLong(text);
        }
        // JavaScript writes the name of the zone after the offset, and it cannot be parsed
        int zoneName = text.indexOf(" (");
        String time = zoneName < 0 ? text : text.substring(0, zoneName);
        // A plus sign in a query is a space.
        for (String spelling : List.of(time, time.replace(' ', '+'), time.replace("GMT ", "GMT+"))) {
            for (DateTimeFormatter format : TIMES) {
                try {
                    return millis(format.parseBest(
                            spelling, OffsetDateTime::from, Instant::from, LocalDateTime::from, LocalDate::from));
                } catch (DateTimeException | ArithmeticException another) {
                    // the next pattern
                }
            }
        }
        return null;
    }

    private static long millis(TemporalAccessor time) {
        if (time instanceof OffsetDateTime exact) {
            return exact.toInstant().toEpochMilli();
        }
        if (time instanceof LocalDateTime local) {
            return local.toInstant(ZoneOffset.UTC).toEpochMilli();
        }
        if (time instanceof LocalDate day) {
            return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
        }
        return Instant.from(time).toEpochMilli();
    }

    @Nullable
    Position after() {
        return query.position("after");
    }

    /** Tailrace's own filters; {@code stderr} takes the place of {@code stream}, which has another meaning here. */
    @Nullable
    Filter filter() {
        Boolean stderr = query.bool("stderr");
        return query.filter(stderr == null ? Set.of() : Set.of(stderr ? "stderr" : "stdout"));
    }
}
