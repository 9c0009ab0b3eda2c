package dev.tailrace.ingest;

import dev.tailrace.metrics.Meters.Rejection;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import java.io.IOException;

/** A body of records of many devices, read a little at a time, so that a large one does not hold the event loop. */
interface Records {

    /**
     * Reads on, as far as one record at most.
     *
     * @return false at the end
     * @throws IOException when the rest cannot be read
     */
    boolean step() throws IOException;

    /** Who takes the records. */
    interface Taker {
        void line(DeviceId device, Line line);

        /** A record that cannot be taken; those around it can. */
        void rejected(Rejection kind, String reason);
    }
}
