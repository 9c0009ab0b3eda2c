/**
 * The load command. One thread drives every connection through a selector and reads the answers as bytes, because a
 * client that costs as much as the broker would measure itself.
 *
 * <pre>
 *  Load ─▶ Device ── frames of numbered, timed lines ──▶ broker ── events ──▶ Reader ─▶ EventScanner ─▶ Ledger
 *             ▲                                                                  │
 *             └────────────── closed loop: lines that every reader has ──────────┘
 * </pre>
 */
@NullMarked
package dev.tailrace.bench;

import org.jspecify.annotations.NullMarked;
