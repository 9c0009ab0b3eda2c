/**
 * The management surface: devices and fleets, keys, revocations, logins, tickets, limits, and the routes of the doctor. It reads storage
 * and this broker's own activity, and never the lines themselves.
 */
@NullMarked
package dev.tailrace.api;

import org.jspecify.annotations.NullMarked;
