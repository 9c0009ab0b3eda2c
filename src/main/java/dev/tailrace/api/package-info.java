/** The management surface: devices, and the removal of their entries. */
@NullMarked
package dev.tailrace.api;

import org.jspecify.annotations.NullMarked;
