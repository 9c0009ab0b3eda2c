/**
 * The ports for syslog over TCP, TLS and UDP (RFC 5424, RFC 3164, RFC 6587). Other protocols that reach these ports are
 * recognized and refused.
 */
@NullMarked
package dev.tailrace.ingest.syslog;

import org.jspecify.annotations.NullMarked;
