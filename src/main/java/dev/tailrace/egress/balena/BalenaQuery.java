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
 * Reads what one of balena's readers asks for, as leniently as balena does: what is no number, or no time, is as good as
 * absent. What Tailrace adds is read as everywhere: a mistake there is a {@link dev.tailrace.http.Problem}.
 */
final class BalenaQuery {

    /** All that the ring holds. */
    static final int ALL = Integer.MAX_VALUE;

    private static final List<String> ONCE = List.of("count", "start", "stream");

    /** As JavaScript's parseInt reads it. */
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

    /** Whether something is given twice that balena takes once; then it refuses the request. */
    boolean isAmbiguous() {
        return ONCE.stream().anyMatch(name -> params.getAll(name).size() > 1);
    }

    boolean isLive() {
        return "1".equals(params.get("stream"));
    }

    /** How many of the newest entries; none when it is negative, which balena answers with a riddle. */
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

    /** Received not before this; epoch milliseconds. */
    long start(long absent, long earliest) {
        String text = params.get("start");
        Long start = text == null ? null : millis(text.trim());
        return Math.max(earliest, start == null ? absent : start);
    }

    private static @Nullable Long millis(String text) {
        if (MILLIS.matcher(text).matches()) {
            return Long.parseLong(text);
        }
        int zoneName = text.indexOf(" ("); // which JavaScript writes behind the offset, and nobody can read
        String time = zoneName < 0 ? text : text.substring(0, zoneName);
        // A plus sign in a query is a space.
        for (String spelling : List.of(time, time.replace(' ', '+'), time.replace("GMT ", "GMT+"))) {
            for (DateTimeFormatter format : TIMES) {
                try {
                    return millis(format.parseBest(
                            spelling, OffsetDateTime::from, Instant::from, LocalDateTime::from, LocalDate::from));
                } catch (DateTimeException | ArithmeticException another) {
                    // the next one
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

    /** Tailrace's own filters; {@code stderr} stands for their {@code stream}, which means something else here. */
    @Nullable
    Filter filter() {
        Boolean stderr = query.bool("stderr");
        return query.filter(stderr == null ? Set.of() : Set.of(stderr ? "stderr" : "stdout"));
    }
}
