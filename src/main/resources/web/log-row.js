// Creates the element of one item: device, time, kind of line, and the rows of its text.

import {dress, strip} from './ansi.js';
import {make} from './dom.js';
import {isFoldable, rowsIn} from './entry-text.js';
import {levelOf, levelTitle, shortLevel} from './levels.js';
import {day, timeOfDay, whole} from './times.js';

const COLOURS = 12;
const BOOT = /^-- Boot ([0-9a-f-]+) --$/;

/** A name always has the same colour. */
export function colourOf(name) {
  let hash = 7;
  for (let i = 0; i < name.length; i++) hash = (hash * 31 + name.charCodeAt(i)) | 0;
  return `colour-${Math.abs(hash) % COLOURS}`;
}

/**
 * @param {Object} item
 * @param {{zone: string, detail: string, several: boolean, layout: Object, find: Object, linkTo: Function}} view
 * @param {number} from the first of its rows to create
 * @param {number} to the row after the last
 */
export function makeRow(item, view, from, to) {
  return item.kind === 'entry' ? entryRow(item, view, from, to) : noteRow(item, view);
}

function noteRow(item, view) {
  const text = make('div', {class: 'text', role: 'gridcell'});
  text.append(...rowsIn(item, view.layout).map(row => textRow(row, [])));
  return make('div', {class: `item note ${item.kind}`, role: 'row'}, text);
}

function entryRow(item, view, from, to) {
  const {entry} = item;
  const boot = entry.system && BOOT.exec(entry.message);
  const row = make('div', {class: classes(entry, boot), role: 'row'});
  if (view.detail !== 'message') {
    row.append(timeCell(entry, view));
    if (view.several) row.append(nameCell('device', entry.device));
    row.append(nameCell('service', entry.service), levelCell(entry));
  }
  row.append(kindCell(entry, item));
  const text = make('div', {class: 'text', role: 'gridcell'});
  text.style.paddingTop = `calc(var(--row) * ${from})`;
  const rows = boot ? [{line: {text: `device booted: ${boot[1]}`, spans: []}, from: 0, to: 1e3}] : rowsIn(item, view.layout);
  text.append(...rows.slice(from, to).map(one => textRow(one, view.find.ranges(one.line.text))));
  row.append(text);
  return row;
}

function classes(entry, boot) {
  return [
    'item',
    entry.stream === 'stderr' && 'stderr',
    entry.system && 'system',
    boot && 'boot',
    levelOf(entry.level) && `level-${levelOf(entry.level)}`,
  ].filter(Boolean).join(' ');
}

function timeCell(entry, view) {
  const link = make('a', {href: view.linkTo(entry), tabindex: '-1', title: title(entry, view.zone)});
  const time = timeOfDay(entry.timestamp, view.zone);
  link.textContent = view.detail === 'everything' ? `${day(entry.timestamp, view.zone)} ${time}` : time;
  const cell = make('span', {class: 'time', role: 'gridcell'}, link);
  if (view.detail === 'everything') cell.append(make('span', {class: 'position'}, entry.id));
  return cell;
}

function title(entry, zone) {
  return `${whole(entry.timestamp, zone)}\nreceived ${whole(entry.receivedAt, zone)}\n${entry.device} ${entry.id}\nlink to this line`;
}

function nameCell(kind, name) {
  const cell = make('span', {class: `${kind} ${name ? colourOf(name) : ''}`, role: 'gridcell', title: name});
  cell.textContent = strip(name ?? '');
  return cell;
}

function levelCell(entry) {
  const cell = make('span', {class: 'level', role: 'gridcell'});
  if (!entry.level) return cell;
  cell.textContent = shortLevel(strip(entry.level));
  if (entry.levelGuessed) cell.classList.add('guessed');
  cell.title = levelTitle(entry);
  return cell;
}

/** stderr and system lines have a sign, because colour alone is not accessible. */
function kindCell(entry, item) {
  const cell = make('span', {class: 'kind', role: 'gridcell'});
  if (entry.system) cell.append(make('abbr', {title: 'written by the system'}, 'sys'));
  else if (entry.stream === 'stderr') cell.append(make('abbr', {title: 'standard error'}, 'err'));
  if (isFoldable(item)) {
    const sign = item.unfolded ? '▾' : '▸';
    const what = item.unfolded ? 'Fold' : 'Unfold';
    cell.append(make('button', {class: 'fold', type: 'button', tabindex: '-1', 'aria-expanded': String(item.unfolded), 'aria-label': what}, sign));
  }
  return cell;
}

// ---- text

function textRow({line, from, to}, ranges) {
  const element = make('div', {class: line.kind === 'remark' ? 'line remark' : 'line'});
  const end = Math.min(to, line.text.length);
  if (line.spans.length === 0 && ranges.length === 0) {
    element.textContent = line.text.slice(from, end);
    return element;
  }
  let span = 0;
  let range = 0;
  for (let at = from; at < end; ) {
    while (span < line.spans.length && line.spans[span].to <= at) span++;
    while (range < ranges.length && ranges[range][1] <= at) range++;
    const style = inside(line.spans[span]?.from, at) ? line.spans[span] : null;
    const marked = inside(ranges[range]?.[0], at);
    const next = Math.min(
      end,
      edge(line.spans[span]?.from, line.spans[span]?.to, at),
      edge(ranges[range]?.[0], ranges[range]?.[1], at),
    );
    element.append(part(line.text.slice(at, next), style, marked));
    at = next;
  }
  return element;
}

const inside = (from, at) => from !== undefined && from <= at;

const edge = (from, to, at) => (from === undefined ? Infinity : from > at ? from : to);

function part(text, style, marked) {
  let node = document.createTextNode(text);
  if (style) {
    const span = make('span', {}, node);
    if (style.name) span.className = style.name;
    else dress(span, style.style);
    node = span;
  }
  return marked ? make('mark', {}, node) : node;
}
