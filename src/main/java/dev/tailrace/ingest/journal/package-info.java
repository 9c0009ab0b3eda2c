/**
 * Uploads of {@code systemd-journal-upload}: entries of the journal export format become lines. A boot that is sent again is
 * recognised, so that its entries are stored once.
 */
@NullMarked
package dev.tailrace.ingest.journal;

import org.jspecify.annotations.NullMarked;
