/**
 * Tailrace carries device logs: devices stream lines in, a ring keeps the newest 1000 of each device, and people and programs watch them
 * live.
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
 * <p>Dependencies: {@code ingest}, {@code egress} and {@code api} → {@code broker} → {@code storage} → {@code model}. The three ends never
 * use each other, and check permissions with {@code auth}; {@code server} wires; {@code cli} speaks the public protocol only. The way of
 * one line: {@code WebSocketIngest} → {@code LineReader} → {@code LineSink} → {@code Broker} → {@code RingStore} → {@code Feed} → {@code
 * Cursor} → {@code StreamDelivery}.
 */
@NullMarked
package dev.tailrace;

import org.jspecify.annotations.NullMarked;
