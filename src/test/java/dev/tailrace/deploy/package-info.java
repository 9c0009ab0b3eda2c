/** The files that operators use: image, chart, compose file, units, alerts and the dashboard, each checked by the program that reads it. */
@NullMarked
package dev.tailrace.deploy;

import org.jspecify.annotations.NullMarked;
