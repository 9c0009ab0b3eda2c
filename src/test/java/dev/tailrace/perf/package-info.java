/**
 * The comparison: several servers under the same load by the same client, round by round, and the table of targets.
 *
 * <pre>
 *  Arena ─▶ Scenario ─▶ Contest ── for each round, each contender, each case ──▶ Client ─▶ Contender's server
 *                                        │
 *                                        ▼
 *                        target/bench/SCENARIO.json ─▶ Figures ─▶ Target ─▶ ResultPage ─▶ docs/PERFORMANCE.md
 * </pre>
 */
package dev.tailrace.perf;
