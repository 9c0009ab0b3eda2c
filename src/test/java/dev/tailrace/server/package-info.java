@NullMarked
package dev.tailrace.server;

import org.jspecify.annotations.NullMarked;
