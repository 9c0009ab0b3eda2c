package dev.tailrace.broker;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.re2j.Pattern;
import dev.tailrace.model.Entries;
import dev.tailrace.model.Gap;
import dev.tailrace.model.Line;
import dev.tailrace.model.Position;
import dev.tailrace.storage.Announcement;
import dev.tailrace.storage.Lineage;
import dev.tailrace.storage.Page;
import dev.tailrace.storage.RingState;
import dev.tailrace.testing.ScriptedRing;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Promise 1 against everything at once: a ring that appends, evicts, clears, loses its life or its newest entries, has
 * two masters and is failed back; announcements that are late, lost or repeated; reads that are late or fail; and
 * readers that stall, arrive alone or in crowds, leave and resume. What each reader gets, in order, is every offset
 * from its position on exactly once: in entries, gaps and clears.
 */
@Tag("unit")
final class CursorModelTest extends BrokerTestBase {

    private static final int CAPACITY = 20;
    private static final int STEPS = 4000;
    private static final int READERS = 6;

    private static final View EVEN =
            new View(ValveSubscriber.Lines.PLAIN, Filter.of(new Condition.Contains("even", true)));

    /** The same entries, by a filter that is too costly for the event loop. */
    private static final View EVEN_COSTLY =
            new View(ValveSubscriber.Lines.PLAIN, Filter.of(new Condition.Finds(Pattern.compile("even(?:x?){900}"))));

    private Random random = new Random(0);
    private String trace = "";

    // ---- the ring

    /** One server's copy of the ring. */
    private static final class Copy {
        String epoch = "";
        long head;
        long oldest = 1;
        long cleared;
        Lineage lineage = Lineage.NONE;
        boolean newMaster; // it did not begin this epoch, so it may lack entries of it and gives out no offsets in it

        void be(Copy other) {
            epoch = other.epoch;
            head = other.head;
            oldest = other.oldest;
            cleared = other.cleared;
            lineage = other.lineage;
            newMaster = true;
        }

        RingState state() {
            return new RingState(epoch, head, oldest, cleared, lineage);
        }
    }

    private Copy master = new Copy(); // reads and states come from it
    // another copy that takes itself for the master, and whose announcements are received
    private @Nullable Copy parted;
    private int lives;
    private int messages;
    private final Map<String, Map<Long, String>> contents = new HashMap<>();
    private final Map<String, Lineage> lineages = new HashMap<>();
    private final ArrayDeque<Announcement> underWay = new ArrayDeque<>();
    private final List<Runnable> answersUnderWay = new ArrayList<>();

    private Copy heard() {
        return parted == null ? master : parted;
    }

    private void append(int count) {
        append(parted != null && random.nextBoolean() ? parted : master, count);
    }

    private void append(Copy to, int count) {
        if (to.epoch.isEmpty()) {
            beginEpoch(to, 0, Lineage.NONE);
        }
        verify(to);
        String[] lines = new String[count];
        for (int i = 0; i < count; i++) {
            int number = messages++;
            lines[i] = (number % 2 == 0 ? "even" : "odd") + number;
            String before = contents.get(to.epoch).put(to.head + 1 + i, lines[i]);
            assertThat(before).as("given out twice; %s", trace).isNull();
        }
        if (to == heard()) {
            underWay.add(ScriptedRing.stored(to.epoch, to.head + 1, lines));
        }
        to.head += count;
        to.oldest = Math.max(to.oldest, to.head - CAPACITY + 1);
    }

    private void clear() {
        if (!master.epoch.isEmpty()) {
            master.oldest = master.head + 1;
            master.cleared = master.head;
            if (parted == null) {
                underWay.add(new Announcement.Cleared(master.epoch, master.head));
            }
        }
    }

    /** A server does so before it gives out an offset, or the state of a new watch. */
    private void verify(Copy copy) {
        if (copy.newMaster && !copy.epoch.isEmpty()) {
            beginEpoch(copy, copy.head, descended(copy));
        }
        copy.newMaster = false;
    }

    private static Lineage descended(Copy from) {
        List<Lineage.Ancestor> ancestors = new ArrayList<>();
        ancestors.add(new Lineage.Ancestor(from.epoch, from.head));
        for (Lineage.Ancestor older : from.lineage.ancestors()) {
            if (ancestors.size() < 8) {
                ancestors.add(new Lineage.Ancestor(older.epoch(), Math.min(older.shared(), from.head)));
            }
        }
        return new Lineage(ancestors);
    }

    private void beginEpoch(Copy copy, long sharedUpTo, Lineage lineage) {
        Map<Long, String> before = contents.getOrDefault(copy.epoch, Map.of());
        copy.epoch = "e" + lives++;
        copy.lineage = lineage;
        Map<Long, String> content = new HashMap<>();
        for (long offset = 1; offset <= sharedUpTo; offset++) {
            content.put(offset, before.get(offset));
        }
        contents.put(copy.epoch, content);
        lineages.put(copy.epoch, lineage);
    }

    /** Restores an older copy: some of the newest entries never existed. Readers still find the old epoch then. */
    private void rollBack() {
        if (master.head > Math.max(1, master.cleared)) {
            long floor = Math.max(1, master.cleared);
            master.head = Math.max(floor, master.head - random.nextInt(5));
            master.oldest = Math.max(Math.max(1, master.head - CAPACITY + 1), master.cleared + 1);
            master.newMaster = true;
        }
    }

    /**
     * A replica that lacks the newest entries is promoted and read from, while the former master lives on and
     * announces.
     */
    private void part() {
        Copy promoted = new Copy();
        promoted.be(master);
        parted = master;
        master = promoted;
        rollBack();
    }

    /** One of the two copies discards its data; it may become the master again, and numbers like one that never was. */
    private void heal() {
        if (parted != null) {
            if (random.nextBoolean()) {
                master.be(parted);
                master.newMaster = random.nextBoolean() || parted.newMaster;
            }
            parted = null;
            underWay.clear();
            ready();
        }
    }

    private void ready() {
        verify(heard());
        ring.announce(new Announcement.Ready(heard().state()));
    }

    private void lose() {
        master = new Copy();
    }

    private RingState now() {
        verify(master);
        return master.state();
    }

    private Page page(ScriptedRing.Read read, int most) {
        return read.maxEntries() == 0 ? new Page(now(), 1, Entries.NONE) : page(read.from(), most);
    }

    private Page page(long from, int most) {
        long first = Math.max(from, master.oldest);
        var entries = new Entries.Builder(64);
        for (long offset = first; offset <= master.head && entries.size() < most; offset++) {
            Line.of(contents.get(master.epoch).get(offset)).writeTo(entries, 1);
        }
        return new Page(master.state(), first, entries.size() == 0 ? Entries.NONE : entries.build());
    }

    // ---- the readers

    /** The events that one reader may get next. */
    private final class Checker implements Subscriber {
        final View view;

        @Nullable
        Start start;

        boolean full;
        boolean failed;
        private boolean isOpen;
        final boolean shared = random.nextInt(3) == 0;
        private boolean waits;
        private @Nullable Cursor cursor;
        String inEpoch = "";
        long next;
        private long promised;
        private boolean changing;
        private long reach; // of the ring, when a gap without an end was reported
        private String cameIn = "";
        // entries of that epoch that the ring had lost before this reader came; a tail must not have them
        private long floor;

        Checker(View view) {
            this.view = view;
        }

        @Override
        public boolean isFull() {
            return full;
        }

        @Override
        public Object caller() {
            return this;
        }

        @Override
        public void waits(Cursor waiting) {
            waits = true;
        }

        @Override
        public void missedTurn(Cursor missed) {
            waits = true;
        }

        @Override
        public boolean isShared() {
            return shared;
        }

        @Override
        public void opened(Cursor opened) {
            mayThrow();
            isOpen = true;
            Position at = opened.position();
            inEpoch = at.epoch().equals("0") ? "" : at.epoch();
            next = at.offset() + 1;
            promised = start instanceof Start.Tail tail ? Math.min(at.offset() + tail.count(), heard().head) + 1 : next;
            if (start instanceof Start.Tail && at.offset() > 0) {
                cameIn = inEpoch;
                floor = inEpoch.equals(master.epoch) ? Math.min(master.oldest, promised) : 0;
            }
        }

        @Override
        public void entries(Cursor from, ByteBuf encoded) {
            mayThrow();
            for (String line : encoded.toString(StandardCharsets.UTF_8).split("\n")) {
                int dash = line.indexOf('-');
                int equals = line.indexOf('=');
                entry(line.substring(0, dash), Long.parseLong(line.substring(dash + 1, equals)), line);
            }
        }

        private void entry(String of, long offset, String line) {
            enter(of);
            String expected = contents.get(of).get(offset);
            assertThat(line).as(trace).contains("\"" + expected + "\"");
            assertThat(offset).as("a duplicate: %s %s", line, trace).isGreaterThanOrEqualTo(next);
            if (of.equals(cameIn)) {
                assertThat(offset).as("more than the ring keeps; %s", trace).isGreaterThanOrEqualTo(floor);
            }
            passOver(offset - 1);
            next = offset + 1;
        }

        /**
         * Offsets that were not reported; correct for entries that the filter hides and for a tail that was shorter
         * than asked for.
         */
        private void passOver(long last) {
            for (; next <= last; next++) {
                boolean hidden =
                        !view.equals(ALL) && contents.get(inEpoch).get(next).startsWith("odd");
                assertThat(next < promised || hidden)
                        .as("%s-%s was lost in silence; %s", inEpoch, next, trace)
                        .isTrue();
            }
        }

        private void enter(String of) {
            if (inEpoch.isEmpty()) {
                inEpoch = of;
                changing = false;
            } else if (!inEpoch.equals(of)) {
                assertThat(changing).as("epoch changed in silence; %s", trace).isTrue();
                changing = false;
                long shared = new RingState(of, 0, 1, 0, lineages.get(of)).sharedWith(inEpoch);
                next = Math.min(next, shared + 1);
                promised = Math.min(promised, shared + 1);
                inEpoch = of;
            } else if (changing) {
                changing = false; // it resumed at an offset that was never given, and begins where the ring ends
                next = 1;
                promised = reach + 1;
            }
        }

        @Override
        public void gap(Cursor from, Gap gap) {
            mayThrow();
            Position last = gap.to();
            if (last == null) {
                enter(gap.from().epoch());
                assertThat(gap.from().offset()).as(trace).isGreaterThanOrEqualTo(next);
                // Nothing up to this offset is lost yet: it comes again in the new epoch.
                changing = true;
                reach = master.head;
                return;
            }
            enter(gap.from().epoch());
            passOver(gap.from().offset() - 1);
            assertThat(gap.from().offset()).as("gap reported twice; %s", trace).isEqualTo(next);
            assertThat(gap.count())
                    .as(trace)
                    .isEqualTo(last.offset() - gap.from().offset() + 1);
            next = last.offset() + 1;
        }

        @Override
        public void cleared(Cursor from, long offset) {
            mayThrow();
            enter(from.position().epoch());
            next = Math.max(next, offset + 1);
        }

        @Override
        public void failed(Cursor ended) {
            failed = true;
        }

        @Override
        public void storage(Cursor from, boolean away) {
            mayThrow();
        }

        /** A reader's end must not affect others; it keeps what it got before, and resumes after that. */
        private void mayThrow() {
            if (stepping && random.nextInt(200) == 0) {
                throw new IllegalStateException("made to fail");
            }
        }

        private Start whereItResumes() {
            return isOpen ? new Start.After(new Position(inEpoch.isEmpty() ? "0" : inEpoch, next - 1)) : start;
        }
    }

    private final List<Checker> readers = new ArrayList<>();
    private Start place = new Start.Tail(CAPACITY);

    private void join() {
        join(
                switch (random.nextInt(3)) {
                    case 0 -> new Start.Tail(0);
                    case 1 -> new Start.Tail(1 + random.nextInt(2 * CAPACITY));
                    default -> new Start.After(aPosition());
                });
    }

    private void join(Start start) {
        Checker reader = new Checker(random.nextInt(3) > 0 ? ALL : random.nextBoolean() ? EVEN : EVEN_COSTLY);
        reader.start = start;
        reader.cursor = broker.subscribe(DEVICE, start, reader.view, reader);
        readers.add(reader);
    }

    /** Some readers leave, and as many join at one position, which was often another crowd's before. */
    private void crowd() {
        if (random.nextInt(4) == 0) {
            place = random.nextInt(4) == 0
                    ? new Start.After(aPosition())
                    : new Start.Tail(1 + random.nextInt(2 * CAPACITY));
        }
        if (random.nextInt(4) == 0) {
            clear();
        }
        for (int i = random.nextInt(READERS); i > 0; i--) {
            readers.remove(random.nextInt(readers.size())).cursor.close();
            join(place);
        }
    }

    private Position aPosition() {
        List<String> known = new ArrayList<>(contents.keySet());
        if (known.isEmpty()) {
            return new Position("0", 0);
        }
        String some = known.get(random.nextInt(known.size()));
        int beyond = random.nextInt(10) == 0 ? 5000 : 0;
        return new Position(some, random.nextInt(contents.get(some).size() + 1) + beyond);
    }

    private void leaveAndPerhapsResume() {
        Checker reader = readers.remove(random.nextInt(readers.size()));
        Position at = reader.cursor.position();
        reader.cursor.close();
        Checker again = new Checker(reader.view);
        again.start = new Start.After(at);
        again.cursor = broker.subscribe(DEVICE, again.start, again.view, again);
        readers.add(again);
    }

    private void replaceFailed() {
        for (Checker reader : List.copyOf(readers)) {
            if (reader.failed) {
                readers.remove(reader);
                join(reader.whereItResumes());
            } else if (reader.waits && !reader.full) {
                reader.waits = false;
                reader.cursor.drained();
            }
        }
    }

    // ---- the steps

    private boolean stepping;

    private void step() {
        stepping = true;
        try {
            anything();
        } finally {
            stepping = false;
        }
        replaceFailed();
    }

    private void anything() {
        int what = random.nextInt(100);
        if (what < 35) {
            append(1 + random.nextInt(random.nextInt(10) == 0 ? 3 * CAPACITY : 4));
        } else if (what < 60) {
            hear(random.nextInt(20));
        } else if (what < 75) {
            answerARead();
        } else if (what < 80) {
            if (!answersUnderWay.isEmpty()) {
                answersUnderWay.remove(random.nextInt(answersUnderWay.size())).run();
            }
        } else if (what < 90) {
            Checker reader = readers.get(random.nextInt(readers.size()));
            reader.full = !reader.full;
            if (!reader.full) {
                reader.cursor.drained();
            }
        } else if (what < 92) {
            leaveAndPerhapsResume();
        } else if (what < 94) {
            crowd();
        } else if (what < 95) {
            clear();
        } else if (what < 97) {
            ready(); // what is in flight is late from here on
        } else if (what == 97) {
            rareEvent();
        } else {
            var call = ring.nextStateCall();
            if (call != null) {
                call.answer(now());
            }
        }
    }

    private void rareEvent() {
        switch (random.nextInt(7)) {
            case 0 -> lose();
            case 1 -> {
                lose();
                append(2);
            }
            case 2 -> rollBack();
            case 3 -> part();
            case 4, 5 -> heal();
            default -> ring.announce(new Announcement.Unavailable());
        }
    }

    private void hear(int luck) {
        Announcement announcement = underWay.poll();
        if (announcement == null || luck == 0) {
            return; // lost
        }
        ring.announce(announcement);
        if (luck == 1) {
            ring.announce(announcement);
        }
    }

    private void answerARead() {
        if (ring.openReads() == 0) {
            return;
        }
        ScriptedRing.Read read = ring.nextRead();
        if (random.nextInt(10) == 0) {
            read.unavailable();
            return;
        }
        Page page = page(read, 1 + random.nextInt(8));
        if (random.nextBoolean()) {
            read.answer(page);
        } else {
            answersUnderWay.add(() -> read.answer(page)); // outdated by the time it arrives
        }
    }

    private void settle() {
        answersUnderWay.forEach(Runnable::run);
        answersUnderWay.clear();
        while (ring.openReads() > 0) {
            ScriptedRing.Read read = ring.nextRead();
            read.answer(page(read, 500));
        }
        for (var call = ring.nextStateCall(); call != null; call = ring.nextStateCall()) {
            call.answer(now());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverHappens_entriesAndGapsAreAllOffsetsOnce(long seed) {
        random = new Random(seed);
        step = seed % 2 * Slice.NANOS / 5; // whether flushes take longer than a slice
        tick(() -> {
            for (int i = 0; i < READERS; i++) {
                join();
            }
            ready();
        });
        for (int i = 0; i < STEPS; i++) {
            trace = "seed " + seed + " step " + i;
            if (random.nextInt(4) == 0) {
                tick(this::step);
            } else {
                on(() -> {
                    step();
                    return true;
                });
            }
        }
        trace = "seed " + seed + " at the end";
        tick(() -> {
            underWay.clear(); // all lost
            heal();
            ready();
            readers.forEach(reader -> {
                reader.full = false;
                reader.cursor.drained();
            });
        });
        await().atMost(20, SECONDS)
                .until(() -> on(() -> {
                    replaceFailed();
                    settle();
                    return readers.stream().allMatch(this::isThere);
                }));
        on(() -> {
            readers.forEach(reader -> {
                if (!reader.inEpoch.isEmpty() && reader.inEpoch.equals(master.epoch)) {
                    reader.passOver(master.head);
                }
            });
            return true;
        });
    }

    private boolean isThere(Checker reader) {
        Position at = reader.cursor.position();
        return !reader.cursor.isBehind()
                && at.offset() == master.head
                && at.epoch().equals(master.epoch.isEmpty() ? "0" : master.epoch);
    }
}
