package dev.tailrace.ingest.records;

import dev.tailrace.metrics.Meters.Rejection;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import java.io.IOException;

/** A body of records of many devices, read a little at a time, so that a large one does not hold the event loop. */
public interface Records {

    /** What the records of one group share has at most so many bytes as sent; the records of more are rejected. */
    int MAX_SHARED_BYTES = 64 * 1024;

    /**
     * Reads on, as far as one record at most.
     *
     * @return false at the end
     * @throws IOException when the rest cannot be read
     */
    boolean step() throws IOException;

    /** Who takes the records. */
    interface Handler {
        void line(DeviceId device, Line line);

        /** A record that cannot be taken; those around it can. */
        void rejected(Rejection kind, String reason);

        /**
         * Something that the records of a group share is kept as objects until the next group, in place of what was kept on the
         * same level before.
         *
         * @param level 0 or 1
         * @param bytes as sent
         * @return false when there is no room for it; nothing more is to be read then
         */
        boolean keep(int level, int bytes);
    }
}
