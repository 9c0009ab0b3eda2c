package dev.tailrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class LedgerTest {

    private final Tally tally = new Tally();
    private final Ledger ledger = new Ledger(tally, false);

    /** Lines {@code first} to {@code last}, each at the offset 100 above its number. */
    private void entries(long first, long last) {
        for (long line = first; line <= last; line++) {
            ledger.entry(100 + line, line);
        }
    }

    @Test
    void linesInOrder_areClean() {
        ledger.place(100);
        entries(1, 50);
        ledger.close(50);

        assertThat(tally.isClean()).isTrue();
        assertThat(ledger.nextLine()).isEqualTo(51);
    }

    @Test
    void linesSkippedWithoutAGap_areLost() {
        ledger.place(100);
        entries(1, 3);
        entries(6, 9);

        assertThat(tally.lost).isEqualTo(2);
        assertThat(tally.offsetHoles).isEqualTo(2);
        assertThat(tally.isClean()).isFalse();
    }

    @Test
    void firstLinesMissing_areLost() {
        ledger.place(100);
        entries(3, 4);

        assertThat(tally.lost).isEqualTo(2);
    }

    @Test
    void lastLinesMissing_areLost() {
        ledger.place(100);
        entries(1, 3);
        ledger.close(5);

        assertThat(tally.lost).isEqualTo(2);
        assertThat(tally.isClean()).isFalse();
    }

    @Test
    void entryDeliveredTwice_isADuplicate() {
        ledger.place(100);
        entries(1, 3);
        entries(2, 3);
        entries(4, 5);

        assertThat(tally.duplicates).isEqualTo(2);
        assertThat(tally.lost).isZero();
    }

    @Test
    void lineStoredTwice_isADuplicate() {
        ledger.place(100);
        entries(1, 3);
        ledger.entry(104, 3);
        ledger.entry(105, 4);

        assertThat(tally.duplicates).isEqualTo(1);
        assertThat(tally.lost + tally.offsetHoles).isZero();
    }

    @Test
    void linesThatChangedPlaces_areDisorderedButNotLost() {
        ledger.place(100);
        entries(1, 2);
        entries(5, 6);
        ledger.entry(104, 4);
        ledger.entry(103, 3);
        ledger.entry(103, 3);

        assertThat(tally.lost).isZero();
        assertThat(tally.disordered).isEqualTo(2);
        assertThat(tally.duplicates).isEqualTo(1);
    }

    @Test
    void reportedGap_isCountedAndClean() {
        ledger.place(100);
        entries(1, 3);
        ledger.gap(104, 110, 7);
        entries(11, 12);

        assertThat(tally.isClean()).isTrue();
        assertThat(tally.gaps).isEqualTo(1);
        assertThat(tally.gapEntries).isEqualTo(7);
        assertThat(ledger.nextLine()).isEqualTo(13);
    }

    @Test
    void gapThatDoesNotBeginWhereTheReaderStands_isInexact() {
        ledger.place(100);
        entries(1, 3);
        ledger.gap(105, 110, 6);

        assertThat(tally.inexactGaps).isEqualTo(1);
        assertThat(tally.isClean()).isFalse();
    }

    @Test
    void gapThatMiscounts_isInexact() {
        ledger.place(100);
        ledger.gap(101, 110, 9);

        assertThat(tally.inexactGaps).isEqualTo(1);
    }

    @Test
    void gapWithoutAnEnd_endsAtTheNextLine() {
        ledger.place(100);
        entries(1, 3);
        ledger.openGap();
        ledger.entry(1, 6);
        ledger.entry(2, 7);

        assertThat(tally.isClean()).isTrue();
        assertThat(tally.gapEntries).isEqualTo(2);
    }

    @Test
    void plantedInTheStream_isFound() {
        byte[] stream = (EventScannerTest.entry(42, 1, 0, "")
                        + EventScannerTest.entry(43, 2, 0, "")
                        + EventScannerTest.entry(43, 2, 0, "")
                        + EventScannerTest.entry(45, 4, 0, ""))
                .getBytes(StandardCharsets.US_ASCII);
        new EventScanner(40, new RecordedEvents() {
                    @Override
                    public void entry(long offset, long line, long sentNanos) {
                        ledger.entry(offset, line);
                    }
                })
                .scan(stream, 0, stream.length);

        assertThat(tally.duplicates).isEqualTo(1);
        assertThat(tally.lost).isEqualTo(1);
    }
}
