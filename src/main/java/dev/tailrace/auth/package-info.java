/** Who may write, read, clear and administer what. */
@NullMarked
package dev.tailrace.auth;

import org.jspecify.annotations.NullMarked;
