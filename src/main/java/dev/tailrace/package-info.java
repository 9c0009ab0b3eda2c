/**
 * Tailrace carries device logs: devices stream lines in, a ring keeps each device's newest 1000, people and programs watch
 * them live.
 *
 * <pre>
 *  device ──ws / http──▶ ingest ──▶ broker ──append──▶ storage (Redis: number, store, trim, publish in ONE script)
 *                                                         │ announcement: epoch, first offset, entries
 *                                                         ▼
 *                              announcements       ◀── storage's pub/sub connection of every node that watches the device
 *                                 │
 *                                 ▼                         behind?
 *                          feed (one per event loop) ──────────────────▶ ring.read(offset, limit)
 *                                 │  one encoded Buffer per flush, shared
 *                      cursor cursor cursor ──▶ egress: SSE, ndjson, WebSocket
 * </pre>
 *
 * <p>Rooms, and who may use whom: {@code ingest}, {@code egress} and {@code api} → {@code broker} → {@code storage} →
 * {@code model}; the ends never meet, and ask {@code auth} what their callers may; {@code server} wires; {@code cli} speaks the public protocol only. One line's way:
 * {@code WebSocketIngest} → {@code LineReader} → {@code LineSink} → {@code Broker} → {@code Ring} → {@code Feed} → {@code
 * Cursor} → {@code LiveStream}.
 */
@NullMarked
package dev.tailrace;

import org.jspecify.annotations.NullMarked;
