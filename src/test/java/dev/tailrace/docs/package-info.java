/** The documents are held against the code: what they name exists, what they list is complete, and their examples work. */
@NullMarked
package dev.tailrace.docs;

import org.jspecify.annotations.NullMarked;
