@NullMarked
package dev.tailrace.auth;

import org.jspecify.annotations.NullMarked;
