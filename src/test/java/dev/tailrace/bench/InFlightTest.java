package dev.tailrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class InFlightTest {

    private final InFlight inFlight = new InFlight(10);

    @Test
    void line_leavesTheWindowWhenEveryPartyHasIt() {
        inFlight.sent(10, 3);
        assertThat(inFlight.room()).isZero();

        inFlight.settled(1, 11);
        inFlight.settled(1, 6);
        assertThat(inFlight.room()).isZero();

        inFlight.settled(1, 4);
        assertThat(inFlight.room()).isEqualTo(3);
    }

    @Test
    void laterLine_waitsForTheEarlier() {
        inFlight.sent(4, 1);
        inFlight.settled(3, 5);
        assertThat(inFlight.room()).isEqualTo(6);

        inFlight.settled(1, 3);
        assertThat(inFlight.room()).isEqualTo(10);
    }

    @Test
    void partyThatLeaves_isNotWaitedFor() {
        inFlight.sent(5, 2);
        inFlight.settled(1, 6);
        inFlight.settled(2, Long.MAX_VALUE);
        assertThat(inFlight.room()).isEqualTo(5);

        inFlight.settled(1, 2);
        assertThat(inFlight.room()).isEqualTo(10);
    }

    @Test
    void window_isReused() {
        for (long line = 1; line < 1000; line++) {
            inFlight.sent(1, 1);
            assertThat(inFlight.room()).isEqualTo(9);
            inFlight.settled(line, line + 1);
        }
        assertThat(inFlight.room()).isEqualTo(10);
    }
}
