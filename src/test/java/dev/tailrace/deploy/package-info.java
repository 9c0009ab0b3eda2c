/** What operators run: image, chart, compose file, units, alerts and the dashboard, each checked by what will read it. */
@NullMarked
package dev.tailrace.deploy;

import org.jspecify.annotations.NullMarked;
