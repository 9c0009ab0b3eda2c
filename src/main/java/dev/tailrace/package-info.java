@NullMarked
package dev.tailrace;

import org.jspecify.annotations.NullMarked;
