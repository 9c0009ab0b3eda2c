// The lines that a view keeps: a bounded number, in order, each with its row number.

import {Order, merge} from './order.js';
import {Traces} from './traces.js';
import {plural} from './dom.js';

const REASONS = {
  evicted: 'they were evicted by newer lines before they could be read',
  slow: 'this reader was too slow',
  epoch: 'storage lost them or was emptied',
  'filtered-range-lost': 'some of them may have matched the filter',
  damaged: 'stored data could not be read',
};

/** Limit of the size, however few lines these are. */
export const MOST_CHARACTERS = 64 * 1024 * 1024;

/** Browsers limit the height of an element: Firefox has the lowest limit, which is reached at 890,000 rows. */
const MOST_ROWS = 800_000;

const AROUND = 200; // approximate size of an entry without its message

/** The approximate size of an entry or event. */
export const sizeOf = event => AROUND + (event.message?.length ?? 0);

const sizeOfItem = item =>
  item.kind === 'entry' ? sizeOf(item.entry) + (item.more?.reduce((sum, entry) => sum + sizeOf(entry), 0) ?? 0) : AROUND;

/** An item is an entry with the entries that continue it (`more`), or a note. Rows are counted from the first item ever added. */
export class Store {
  items = [];
  lines = 0; // entries and notes
  dropped = 0; // entries that were removed at the top
  isHeavy = false; // whether the last of them was removed because of size, not of number
  #size = 0; // of all items, in characters
  #kept;
  #rowsOf;
  #order = new Order();
  #traces = new Traces();

  /** @param {Function} rowsOf the number of rows of an item */
  constructor(kept, rowsOf) {
    this.#kept = kept;
    this.#rowsOf = rowsOf;
  }

  get firstRow() {
    return this.items[0]?.top ?? 0;
  }

  get rows() {
    const last = this.items.at(-1);
    return last ? last.top + last.rows - this.firstRow : 0;
  }

  clear() {
    this.items.forEach(item => (item.gone = true));
    this.items = [];
    this.lines = 0;
    this.dropped = 0;
    this.#size = 0;
    this.isHeavy = false;
    this.#order.clear();
    this.#traces.clear();
  }

  keep(kept) {
    this.#kept = kept;
    this.#drop();
  }

  /** Adds entries and events in the order of their arrival. */
  add(events) {
    const fresh = [];
    let changed = this.items.length;
    let firsts = null; // the first entry of each device, for notes before it
    for (const one of events) {
      if (one.event === 'clear') {
        changed = 0;
        this.#forget(one, fresh);
      } else if (one.event !== undefined) {
        firsts ??= firstsOf(events);
        const next = firsts.get(one.device);
        fresh.push(this.#note(one.event, textOf(one), one.device, next));
      } else {
        const head = this.#traces.headOf(one);
        if (head) changed = Math.min(changed, this.#goOn(head, one));
        else fresh.push(this.#entry(one));
      }
    }
    if (fresh.length > 0) changed = Math.min(changed, merge(this.items, fresh));
    this.lines += fresh.length;
    for (const item of fresh) this.#size += sizeOfItem(item);
    this.layOut(changed);
    return fresh;
  }


  #entry(entry) {
    const key = this.#order.keyOf(entry.device, entry.receivedAt);
    const item = {kind: 'entry', key, entry, more: null, unfolded: false, gone: false, top: -1, rows: 0, version: 0};
    this.#traces.begin(item);
    return item;
  }

  #note(kind, text, device, next) {
    return {kind, key: this.#order.keyOfNote(device, next), text, device, gone: false, top: -1, rows: 1, version: 0};
  }

  #goOn(head, entry) {
    this.#order.keyOf(entry.device, entry.receivedAt);
    (head.more ??= []).push(entry);
    head.version++;
    this.lines++;
    if (head.top < 0) return this.items.length; // its head is new as well, and both are counted together
    this.#size += sizeOf(entry);
    return this.indexAt(head.top);
  }

  /** A device's entries were removed from storage up to a position, so they leave the view too. */
  #forget({device, to}, fresh) {
    const last = Number(to.slice(to.lastIndexOf('-') + 1));
    const epoch = to.slice(0, to.lastIndexOf('-'));
    const isCleared = item =>
      item.kind === 'entry' && item.entry.device === device && isUpTo((item.more?.at(-1) ?? item.entry).id, epoch, last);
    const stay = [];
    for (const item of this.items) {
      if (isCleared(item)) {
        item.gone = true;
        this.lines -= 1 + (item.more?.length ?? 0);
        this.#size -= sizeOfItem(item);
      } else {
        stay.push(item);
      }
    }
    this.items = stay;
    const staying = fresh.filter(item => !isCleared(item));
    for (const item of fresh) {
      if (!isCleared(item)) continue;
      item.gone = true;
      this.lines -= item.more?.length ?? 0; // the item itself was not counted yet
    }
    fresh.length = 0;
    fresh.push(...staying, this.#note('clear', `${device} was cleared: its lines until now were removed from storage`, device));
  }

  /** Assigns row numbers from an index on, and removes the oldest items that exceed the limits. */
  layOut(from = 0) {
    let row = from > 0 ? this.items[from - 1].top + this.items[from - 1].rows : Math.max(0, this.items[0]?.top ?? 0);
    for (let i = from; i < this.items.length; i++) {
      const item = this.items[i];
      item.rows = this.#rowsOf(item);
      item.top = row;
      row += item.rows;
    }
    this.#drop();
  }

  #drop() {
    let first = 0;
    let rows = this.rows;
    const isTooMuch = () => this.#size > MOST_CHARACTERS || rows > MOST_ROWS;
    while ((this.lines > this.#kept || isTooMuch()) && first < this.items.length - 1) {
      const item = this.items[first++];
      rows -= item.rows;
      const lines = 1 + (item.more?.length ?? 0);
      item.gone = true;
      this.isHeavy = this.lines <= this.#kept;
      this.lines -= lines;
      this.#size -= sizeOfItem(item);
      if (item.kind === 'entry') this.dropped += lines;
    }
    if (first > 0) this.items.splice(0, first);
  }

  /** The index of the item that a row belongs to. */
  indexAt(row) {
    let low = 0;
    let high = this.items.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.items[middle].top <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  indexOf(item) {
    return item.gone || item.top < 0 ? -1 : this.indexAt(item.top);
  }

  /** The item that contains the entry at a position of a device, or of the only device. */
  find(device, position) {
    const holds = entry => entry.id === position && (!device || entry.device === device);
    return this.items.find(item => item.kind === 'entry' && (holds(item.entry) || item.more?.some(holds)));
  }
}

function firstsOf(events) {
  const firsts = new Map();
  for (const one of events) if (one.event === undefined && !firsts.has(one.device)) firsts.set(one.device, one);
  return firsts;
}

function isUpTo(id, epoch, last) {
  const dash = id.lastIndexOf('-');
  return id.slice(0, dash) === epoch && Number(id.slice(dash + 1)) <= last;
}

function textOf(event) {
  switch (event.event) {
    case 'gap':
      if (event.reason === 'place-lost') return 'Gap: the broker no longer knows the position of this page; some lines may be missing';
      return `${gapSize(event)} of ${event.device}: ${REASONS[event.reason] ?? event.reason} (${event.reason})`;
    case 'bye':
      return event.reason === 'draining' ? 'the broker is restarting' : `the broker ended the stream: ${event.reason}`;
    default:
      return event.text ?? event.event;
  }
}

function gapSize({count, reason}) {
  if (count === null || count === undefined) return 'Gap: an unknown number of lines';
  return `Gap: ${plural(count, 'line')}${reason === 'filtered-range-lost' ? ' unseen' : ' lost'}`;
}
