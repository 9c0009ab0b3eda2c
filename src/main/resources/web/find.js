// Finds text in the lines of the view, and marks it.

import {plainText} from './entry-text.js';

const MOST_RANGES = 200; // marks on one line

/** A search; it has a version, so that each item is searched once. */
export class Find {
  version = 0;
  #pattern = null;

  get isOn() {
    return this.#pattern !== null;
  }

  /**
   * @param {string} text the text or pattern; empty ends the search
   * @returns {string} the error in the pattern, or an empty string
   */
  set(text, isPattern) {
    this.version++;
    this.#pattern = null;
    if (!text) return '';
    try {
      this.#pattern = new RegExp(isPattern ? text : text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gi');
      return '';
    } catch (wrong) {
      return wrong.message;
    }
  }

  matches(item) {
    if (!this.#pattern) return false;
    if (item.found !== this.#stamp(item)) {
      item.found = this.#stamp(item);
      item.hit = this.#test(plainText(item));
    }
    return item.hit;
  }

  #stamp(item) {
    return `${this.version} ${item.more?.length ?? 0}`;
  }

  #test(text) {
    this.#pattern.lastIndex = 0;
    return this.#pattern.test(text);
  }

  /** @returns {number[][]} begin and end of each match */
  ranges(text) {
    if (!this.#pattern) return [];
    const ranges = [];
    this.#pattern.lastIndex = 0;
    for (const match of text.matchAll(this.#pattern)) {
      if (match[0].length > 0) ranges.push([match.index, match.index + match[0].length]);
      if (ranges.length === MOST_RANGES) break;
    }
    return ranges;
  }

  count(items) {
    return items.reduce((sum, item) => sum + (this.matches(item) ? 1 : 0), 0);
  }

  /** @returns {number} the index of the next item that matches, wrapping around, or -1 */
  next(items, from, step) {
    for (let i = 1; i <= items.length; i++) {
      const index = (((from + i * step) % items.length) + items.length) % items.length;
      if (this.matches(items[index])) return index;
    }
    return -1;
  }
}
