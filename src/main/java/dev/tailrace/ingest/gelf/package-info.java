/** Messages in the Graylog Extended Log Format (GELF), over HTTP, UDP and TCP. */
@NullMarked
package dev.tailrace.ingest.gelf;

import org.jspecify.annotations.NullMarked;
