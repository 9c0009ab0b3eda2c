// The text of an item: its lines, folded or not, wrapped into rows that fit.

import {parse, plainStyle, strip} from './ansi.js';
import {plural} from './dom.js';

const FOLDED_LINES = 12;
const FOLDED_COLUMNS = 2_000;
const JSON_KEY = /^\s*("(?:[^"\\]|\\.)*"):/;
const ASCII = /^[\x20-\x7e]*$/;

const entriesOf = item => (item.more ? [item.entry, ...item.more] : [item.entry]);

const splitLines = message => message.replace(/\r?\n$/, '').split(/\r?\n/);

/** The number of rows of an item; for most items the length is enough to compute it. */
export function rowsOf(item, layout) {
  if (item.kind !== 'entry') return layout.wrap ? chunks(item.text, layout.columns).length : 1;
  const {message} = item.entry;
  const simple = !item.more && !item.unfolded && !item.entry.truncated && message.length <= FOLDED_COLUMNS && !message.includes('\n');
  if (simple && !layout.wrap) return 1;
  if (simple && message.length <= layout.columns && ASCII.test(message)) return 1;
  return rowsOfLines(linesOf(item), layout).length;
}

/** @returns {{line: Object, from: number, to: number}[]} the rows of an item */
export function rowsIn(item, layout) {
  return rowsOfLines(item.kind === 'entry' ? linesOf(item) : [{text: item.text, spans: []}], layout);
}

function rowsOfLines(lines, layout) {
  return lines.flatMap(line =>
    layout.wrap ? chunks(line.text, layout.columns).map(([from, to]) => ({line, from, to})) : [{line, from: 0, to: line.text.length}],
  );
}

/** Whether the item can be unfolded or folded. */
export function isFoldable(item) {
  const entries = 1 + (item.more?.length ?? 0);
  if (item.foldableAt !== entries) {
    item.foldableAt = entries;
    item.foldable = item.kind === 'entry' && hasMore(item);
  }
  return item.foldable;
}

function hasMore(item) {
  const {message, attributes, truncated} = item.entry;
  return Boolean(attributes || truncated) || message.length > FOLDED_COLUMNS || isLong(item) || jsonOf(item) !== null;
}

function isLong(item) {
  return entriesOf(item).reduce((sum, entry) => sum + splitLines(entry.message).length, 0) > FOLDED_LINES;
}

/** @returns {{text: string, spans: Object[], kind?: string}[]} */
export function linesOf(item) {
  return item.unfolded ? unfolded(item) : folded(item);
}

function folded(item) {
  const raw = entriesOf(item).map(entry => splitLines(entry.message));
  const all = raw.reduce((sum, lines) => sum + lines.length, 0);
  let left = FOLDED_LINES;
  let cut = 0;
  const lines = [];
  for (const of of raw) {
    const style = plainStyle();
    for (const text of of.slice(0, left)) {
      lines.push(parse(text.slice(0, FOLDED_COLUMNS), style));
      cut += Math.max(0, text.length - FOLDED_COLUMNS);
    }
    left = Math.max(0, left - of.length);
  }
  if (all > FOLDED_LINES) lines.push(remark(`… ${plural(all - FOLDED_LINES, 'more line')}`));
  if (cut > 0) lines.push(remark(`… ${plural(cut, 'more character')}`));
  if (item.entry.truncated) lines.push(remark(missing(item.entry)));
  return lines;
}

function unfolded(item) {
  const json = jsonOf(item);
  const lines = json === null ? entriesOf(item).flatMap(styled) : pretty(json);
  const {attributes, truncated} = item.entry;
  if (attributes) lines.push(remark('attributes'), ...pretty(attributes));
  if (truncated) lines.push(remark(missing(item.entry)));
  return lines;
}

const missing = entry => `… ${plural(entry.truncated, 'byte')} of this message were removed on receipt`;

function styled(entry) {
  const style = plainStyle();
  return splitLines(entry.message).map(text => parse(text, style));
}

const remark = text => ({text, spans: [], kind: 'remark'});

/** The object or array that a message is, or null. */
function jsonOf(item) {
  const message = item.entry.message.trim();
  if (item.more || !/^[{[]/.test(message) || !/[}\]]$/.test(message)) return null;
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}

function pretty(value) {
  return JSON.stringify(value, null, 2).split('\n').map(line => {
    const text = strip(line);
    const key = JSON_KEY.exec(text);
    return {text, spans: key ? [{from: key[0].indexOf('"'), to: key[0].length - 1, name: 'json-key'}] : []};
  });
}

/** The text of an item for the clipboard: each message unchanged, except that escapes are removed. */
export function plainText(item) {
  if (item.kind !== 'entry') return `-- ${item.text} --`;
  return entriesOf(item).map(entry => splitLines(entry.message).map(strip).join('\n')).join('\n');
}

// ---- wrapping

/** Where to cut a text so that each part fits into a number of columns. Characters that may be wide count as wide, so that no text is hidden. */
export function chunks(text, columns) {
  if (text.length <= columns && ASCII.test(text)) return [[0, text.length]];
  const cuts = [];
  let from = 0;
  let width = 0;
  for (let i = 0; i < text.length; ) {
    const point = text.codePointAt(i);
    const wide = point < 0x7f ? 1 : 2;
    if (width + wide > columns && i > from) {
      cuts.push([from, i]);
      from = i;
      width = 0;
    }
    width += wide;
    i += point > 0xffff ? 2 : 1;
  }
  cuts.push([from, text.length]);
  return cuts;
}

export {entriesOf};
