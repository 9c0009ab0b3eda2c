/** One small class per way out: live streams, history, downloads. */
@NullMarked
package dev.tailrace.egress;

import org.jspecify.annotations.NullMarked;
