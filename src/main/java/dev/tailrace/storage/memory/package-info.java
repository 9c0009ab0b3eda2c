/** Storage in the heap of one broker, for a trial and for tests. Nothing survives the process. */
@NullMarked
package dev.tailrace.storage.memory;

import org.jspecify.annotations.NullMarked;
