// The log view: keeps lines, renders the visible ones, follows the newest until the reader scrolls up.

import {entriesOf, isFoldable, linesOf, rowsOf} from './entry-text.js';
import {make} from './dom.js';
import {makeRow} from './log-row.js';
import {Selection} from './selection.js';
import {Store} from './store.js';
import {VirtualList} from './virtual-list.js';

const AT_BOTTOM = 1.5; // pixels, because browsers round

/** Renders only in render(), which its owner calls once per frame at most. */
export class LogView {
  store;
  selection = new Selection();
  following = true;
  unseen = 0; // lines that arrived while the reader was scrolled up
  several = false;
  linkTo = () => '#';
  onChange = () => {};
  #scroller;
  #preferences;
  #find;
  #list;
  #layout = {wrap: false, columns: 80};
  #version = 0;
  #anchor = null; // {item, rows}: the item that keeps its place while the reader is scrolled up
  #wanted = null; // {device, position, found}: the target of a link to one line
  #names = new WeakMap();
  #named = 0;
  #services = false; // whether any entry has a service

  constructor(scroller, body, preferences, find) {
    this.#scroller = scroller;
    this.#preferences = preferences;
    this.#find = find;
    this.store = new Store(preferences.get('kept'), item => rowsOf(item, this.#layout));
    this.#list = new VirtualList(scroller, body, {
      rows: () => this.store.rows,
      length: () => this.store.items.length,
      indexAt: row => this.store.indexAt(row + this.store.firstRow),
      at: index => this.#at(this.store.items[index]),
      make: (index, from, to) => makeRow(this.store.items[index], this.#view, from, to),
      dress: (element, index) => this.#dress(element, index),
    });
    scroller.addEventListener('scroll', () => this.#scrolled());
    scroller.addEventListener('wheel', event => event.deltaY < 0 && this.#letGo(), {passive: true});
    scroller.addEventListener('mousedown', event => event.shiftKey && event.preventDefault()); // shift and click selects lines, not text
    scroller.addEventListener('click', event => this.#clicked(event));
    scroller.addEventListener('keydown', event => this.#pressed(event));
    new ResizeObserver(() => this.relayout()).observe(scroller);
  }

  get #view() {
    const zone = this.#preferences.get('zone');
    const detail = this.#preferences.get('detail');
    return {zone, detail, several: this.several, layout: this.#layout, find: this.#find, linkTo: this.linkTo};
  }

  #at(item) {
    return {key: item, top: item.top - this.store.firstRow, rows: item.rows, version: `${item.version} ${this.#version}`};
  }

  #dress(element, index) {
    const item = this.store.items[index];
    const range = this.selection.range();
    const chosen = range !== null && item.top >= range[0] && item.top <= range[1];
    element.id = this.#nameOf(item);
    element.setAttribute('aria-rowindex', index + 1);
    element.setAttribute('aria-selected', String(chosen));
    element.classList.toggle('cursor', item === this.selection.cursor);
    element.classList.toggle('hit', this.#find.isOn && this.#find.matches(item));
    element.classList.toggle('linked', item === this.#wanted?.item);
  }

  #nameOf(item) {
    if (!this.#names.has(item)) this.#names.set(item, `line-${++this.#named}`);
    return this.#names.get(item);
  }

  // ---- input

  add(events) {
    const before = this.store.lines + this.store.dropped;
    this.store.add(events);
    if (!this.following) this.unseen += Math.max(0, this.store.lines + this.store.dropped - before);
    if (this.#wanted && !this.#wanted.item) this.#lookForWanted();
    if (!this.#services && events.some(one => one.service)) {
      this.#services = true;
      this.relayout();
    }
  }

  clear() {
    this.store.clear();
    this.#services = false;
    this.selection.clear();
    this.following = true;
    this.unseen = 0;
    this.#anchor = null;
    this.#wanted = null;
  }

  keep(kept) {
    this.store.keep(kept);
  }

  /** Renders all items again, after a change of preferences, width or search. */
  relayout() {
    this.#version++;
    this.#scroller.dataset.detail = this.#preferences.get('detail');
    this.#scroller.classList.toggle('no-services', !this.#services);
    this.#layout = {wrap: this.#preferences.get('wrap'), columns: this.#columns()};
    this.#scroller.classList.toggle('wraps', this.#layout.wrap);
    this.store.layOut();
    this.render();
  }

  /** Renders again after a change of marks that changes no sizes. */
  repaint() {
    this.#version++;
    this.render();
  }

  #columns() {
    const probe = makeRow({kind: 'entry', entry: {message: '0'.repeat(100), device: 'd', id: 'k-1', timestamp: 0, receivedAt: 0}}, {
      ...this.#view, layout: {wrap: false, columns: 100}, find: {ranges: () => []},
    }, 0, 1);
    probe.classList.add('probe');
    const line = make('span', {}, '0'.repeat(100));
    probe.querySelector('.line').replaceChildren(line);
    this.#scroller.append(probe);
    const width = line.getBoundingClientRect().width / 100;
    const left = line.getBoundingClientRect().left - probe.getBoundingClientRect().left;
    probe.remove();
    return Math.max(20, Math.floor((this.#scroller.clientWidth - left - 8) / width) || 80);
  }

  // ---- rendering

  render() {
    if (this.following) {
      this.#list.scrollToRow(Math.max(0, this.store.rows));
    } else if (this.#anchor) {
      const {item, rows} = this.#anchor;
      const row = item.gone ? 0 : item.top - this.store.firstRow + rows;
      if (Math.abs(row - this.#list.firstRow) > 0.05) this.#list.scrollToRow(row);
    }
    this.#list.render();
    this.#scroller.setAttribute('aria-rowcount', this.store.items.length);
    const active = this.selection.cursor && this.#list.elementOf(this.selection.cursor);
    if (active) this.#scroller.setAttribute('aria-activedescendant', active.id);
    else this.#scroller.removeAttribute('aria-activedescendant');
    this.onChange();
  }

  // ---- following

  follow() {
    this.following = true;
    this.unseen = 0;
    this.#anchor = null;
    this.render();
  }

  #letGo() {
    if (!this.following || this.store.rows <= this.#list.page) return;
    this.following = false;
    this.#remember();
  }

  #remember() {
    const row = this.#list.firstRow + this.store.firstRow;
    const item = this.store.items[this.store.indexAt(Math.floor(row))];
    this.#anchor = item ? {item, rows: row - item.top} : null;
  }

  #scrolled() {
    const {scrollHeight, scrollTop, clientHeight} = this.#scroller;
    const atBottom = scrollHeight - scrollTop - clientHeight < AT_BOTTOM;
    if (atBottom) {
      this.following = true;
      this.unseen = 0;
      this.#anchor = null;
    } else {
      this.following = false;
      this.#remember();
    }
    this.#list.render();
    this.onChange();
  }

  /** Scrolls an item to the middle, and stops following. */
  show(item) {
    const index = this.store.indexOf(item);
    if (index < 0) return;
    this.#letGo();
    const row = item.top - this.store.firstRow;
    const {firstRow, page} = this.#list;
    if (row < firstRow || row + item.rows > firstRow + page) this.#list.scrollToRow(Math.max(0, row - Math.floor(page / 3)));
    this.#remember();
    this.render();
  }

  // ---- links to one line

  /** Shows the line at a position as soon as it has arrived. */
  want(device, position) {
    this.#wanted = position ? {device, position, item: null} : null;
    if (this.#wanted) this.#lookForWanted();
  }

  #lookForWanted() {
    const item = this.store.find(this.#wanted.device, this.#wanted.position);
    if (!item) return;
    this.#wanted.item = item;
    this.selection.goTo(item);
    this.following = false;
    this.#anchor = {item, rows: -Math.floor(this.#list.page / 3)};
  }

  // ---- finding

  /** @returns {boolean} whether there is another match */
  goToFound(step) {
    const {items} = this.store;
    const at = this.selection.cursor && !this.selection.cursor.gone ? this.store.indexOf(this.selection.cursor) : step > 0 ? -1 : 0;
    const index = this.#find.next(items, at, step);
    if (index < 0) return false;
    const item = items[index];
    const seen = item.kind !== 'entry' || linesOf(item).some(line => this.#find.ranges(line.text).length > 0);
    if (!seen && isFoldable(item)) this.#unfold(item, true);
    this.selection.goTo(item);
    this.show(item);
    return true;
  }

  // ---- mouse and keyboard

  #itemOf(event) {
    const row = event.target.closest('[role=row]');
    return row ? this.store.items[Number(row.getAttribute('aria-rowindex')) - 1] : null;
  }

  #clicked(event) {
    const item = this.#itemOf(event);
    if (!item) return;
    if (event.target.closest('.fold, .remark')) this.#unfold(item, !item.unfolded);
    if (getSelection().isCollapsed) this.selection.goTo(item, event.shiftKey);
    this.#scroller.focus({preventScroll: true});
    this.render();
  }

  #unfold(item, unfolded) {
    if (!isFoldable(item)) return;
    if (!this.following) this.#remember();
    item.unfolded = unfolded;
    item.version++;
    this.store.layOut(this.store.indexOf(item));
  }

  #pressed(event) {
    const steps = {ArrowUp: -1, ArrowDown: 1, PageUp: -this.#list.page, PageDown: this.#list.page, Home: -Infinity, End: Infinity};
    const {cursor} = this.selection;
    if (event.key in steps && !event.ctrlKey && !event.altKey && !event.metaKey) this.#step(steps[event.key], event.shiftKey);
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) this.selection.all(this.store.items);
    else if (event.key === 'Enter' && cursor) this.#unfold(cursor, !cursor.unfolded);
    else if (event.key === 'ArrowRight' && cursor && !cursor.unfolded && isFoldable(cursor)) this.#unfold(cursor, true);
    else if (event.key === 'ArrowLeft' && cursor?.unfolded) this.#unfold(cursor, false);
    else if (event.key === 'Escape') this.selection.clear();
    else return;
    event.preventDefault();
    this.render();
  }

  #step(step, stretches) {
    const {items} = this.store;
    if (items.length === 0) return;
    const {cursor} = this.selection;
    const from = cursor && !cursor.gone ? this.store.indexOf(cursor) : this.following ? items.length : -1;
    const index = Math.min(items.length - 1, Math.max(0, from + step));
    this.selection.goTo(items[index], stretches);
    if (index === items.length - 1 && step > 0) {
      this.follow();
      return;
    }
    this.#letGo();
    this.#list.reveal(index);
    this.#remember();
  }

  /** @returns {Object[]} the selected entries, or all */
  chosen() {
    const chosen = this.selection.of(this.store.items);
    return chosen.length > 0 ? chosen : this.store.items;
  }

  entries() {
    return this.store.items.filter(item => item.kind === 'entry').flatMap(entriesOf);
  }
}
