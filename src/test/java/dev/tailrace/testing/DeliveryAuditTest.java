package dev.tailrace.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tailrace.testing.EventReader.Event;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Iterator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class DeliveryAuditTest {

    private final DeliveryAudit audit = DeliveryAudit.ofNumberedLines();

    private static Event place(String position) {
        return new Event("alive", position, "{}", null, false);
    }

    private static Event entry(String position, long line) {
        JsonObject entry = new JsonObject().put("id", position).put("message", "d " + line + " x");
        return new Event(null, position, entry.encode(), null, false);
    }

    private static Event gap(String from, String to, int count) {
        JsonObject gap = new JsonObject()
                .put("reason", "slow")
                .put("from", from)
                .put("to", to)
                .put("count", count);
        return new Event("gap", to, gap.encode(), null, false);
    }

    private static Event newEpoch(String from) {
        JsonObject gap = new JsonObject().put("reason", "epoch").put("from", from);
        return new Event("gap", null, gap.encode(), null, false);
    }

    private void accept(Event... events) {
        Arrays.stream(events).forEach(audit::accept);
    }

    @Test
    void entriesInOrder_withAGapAmongThem_areSound() {
        accept(place("k-0"), entry("k-1", 1), entry("k-2", 2), gap("k-3", "k-5", 3), entry("k-6", 6), place("k-6"));
        assertThat(audit.violations()).isEmpty();
        assertThat(audit.entries()).isEqualTo(3);
        assertThat(audit.missing()).isEqualTo(3).isEqualTo(audit.linesMissed());
        assertThat(audit.reason()).isEqualTo("slow");
        assertThat(audit.lastLine()).isEqualTo(6);
        assertThat(audit.token()).isEqualTo("k-6");
    }

    @Test
    void lostEntry_isAViolation() {
        accept(place("k-0"), entry("k-1", 1), entry("k-3", 3));
        assertThat(audit.violations()).containsExactly("entry 3 instead of 2");
        assertThatThrownBy(audit::assertSound).isInstanceOf(AssertionError.class);
    }

    @Test
    void firstEntryLost_isAViolation() {
        accept(place("k-4"), entry("k-6", 1));
        assertThat(audit.violations()).containsExactly("entry 6 instead of 5");
    }

    @Test
    void doubledEntry_isAViolation() {
        accept(place("k-0"), entry("k-1", 1), entry("k-1", 1));
        assertThat(audit.violations()).containsExactly("entry 1 instead of 2", "line 1 after line 1");
    }

    @Test
    void swappedEntries_areViolations() {
        accept(place("k-0"), entry("k-2", 2), entry("k-1", 1));
        assertThat(audit.violations()).contains("entry 2 instead of 1", "entry 1 instead of 3");
    }

    @Test
    void lineStoredTwice_isAViolation_thoughOffsetsAreInOrder() {
        accept(place("k-0"), entry("k-1", 1), entry("k-2", 1));
        assertThat(audit.violations()).containsExactly("line 1 after line 1");
    }

    @Test
    void lineLostBeforeItGotAnOffset_isCounted_thoughOffsetsAreInOrder() {
        accept(place("k-0"), entry("k-1", 1), entry("k-2", 4));
        assertThat(audit.linesMissed()).isEqualTo(2);
    }

    @Test
    void gapThatBeginsLaterThanWhatIsDue_orMiscounts_isAViolation() {
        accept(place("k-0"), gap("k-2", "k-3", 2), gap("k-4", "k-5", 3));
        assertThat(audit.violations()).hasSize(2).allMatch(violation -> violation.startsWith("gap "));
    }

    @Test
    void placeWhereTheReaderDoesNotStand_isAViolation() {
        accept(place("k-0"), entry("k-1", 1), place("k-2"));
        assertThat(audit.violations()).containsExactly("place k-2 where 2 was due");
    }

    @Test
    void entryOfAnotherEpoch_isAViolation_unlessAGapAnnouncedIt() {
        accept(place("k-0"), entry("k-1", 1), newEpoch("k-2"), entry("m-1", 2), entry("n-2", 3));
        assertThat(audit.epochChanges()).isEqualTo(1);
        assertThat(audit.linesOffAtEpochs()).isZero();
        assertThat(audit.violations()).containsExactly("entry n-2 of another epoch than m");
    }

    @Test
    void idThatIsNotThatOfItsEntry_isAViolation() {
        accept(place("k-0"), new Event(null, "k-9", entry("k-1", 1).data(), null, false));
        assertThat(audit.violations()).containsExactly("id k-9 of entry k-1");
    }

    @Test
    void readTo_endsAtTheOffset_andFailsAtTheFirstViolation() {
        var sound = new DeliveryAudit(1);
        sound.readTo(reader(place("k-0"), entry("k-1", 1), gap("k-2", "k-3", 2)), 3);
        assertThat(sound.next()).isEqualTo(4);
        assertThatThrownBy(() -> new DeliveryAudit(1).readTo(reader(entry("k-2", 1)), 3))
                .hasMessage("entry 2 instead of 1");
        assertThatThrownBy(() -> new DeliveryAudit(1).readTo(reader(entry("k-1", 1)), 3))
                .hasMessage("the stream ended at 2");
        Event status = new Event("status", null, "{}", null, false);
        assertThatThrownBy(() -> new DeliveryAudit(1).readTo(reader(status), 3)).hasMessageStartingWith("unexpected: ");
    }

    private static EventReader reader(Event... events) {
        Iterator<Event> all = Arrays.asList(events).iterator();
        return () -> all.hasNext() ? all.next() : null;
    }
}
