/**
 * Uploads of {@code systemd-journal-upload}, whose entries in the journal export format become lines. Entries that are
 * sent again are recognized by the numbers of their journal, and stored once.
 */
@NullMarked
package dev.tailrace.ingest.journal;

import org.jspecify.annotations.NullMarked;
