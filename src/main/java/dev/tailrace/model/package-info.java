/** What travels: plain Java values that every room may use and that use no room. */
@NullMarked
package dev.tailrace.model;

import org.jspecify.annotations.NullMarked;
