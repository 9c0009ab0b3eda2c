package dev.tailrace.ingest.records;

import dev.tailrace.ingest.Rejection;
import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import java.io.IOException;

/** A body of records of many devices, read a little at a time, so that a large one does not hold the event loop. */
public interface Records {

    /**
     * Most bytes, as sent, of the attributes that the records of a group share; the records of a group with more are
     * rejected.
     */
    int MAX_SHARED_BYTES = 64 * 1024;

    /**
     * Reads on, at most one record.
     *
     * @return false at the end
     * @throws IOException when the rest cannot be read
     */
    boolean step() throws IOException;

    /** Takes the records. */
    interface Handler {
        void line(DeviceId device, Line line);

        /** Rejects a record; the records around it are taken. */
        void rejected(Rejection kind, String reason);

        /**
         * Counts the memory of attributes that the records of a group share. They are kept as objects until the next
         * group, in place of the ones that were kept on the same level before.
         *
         * @param level 0 or 1
         * @param bytes as sent
         * @return false when there is no room for them; then nothing more is to be read
         */
        boolean keep(int level, int bytes);
    }
}
