/**
 * Syslog over TCP, TLS and UDP (RFC 5424, RFC 3164, RFC 6587). Other protocols that reach its ports are recognised and refused.
 */
@NullMarked
package dev.tailrace.ingest.syslog;

import org.jspecify.annotations.NullMarked;
