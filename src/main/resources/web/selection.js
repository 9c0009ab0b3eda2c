// The current line, and the lines that are selected with it.

/** A range between two items; empty when there is no current line. */
export class Selection {
  cursor = null;
  #other = null; // the end that stays when the range is extended

  /** Moves to an item, or extends the range to it. */
  goTo(item, stretches = false) {
    if (!stretches || !this.#other || this.#other.gone) this.#other = item;
    this.cursor = item;
  }

  all(items) {
    if (items.length === 0) return;
    this.#other = items[0];
    this.cursor = items.at(-1);
  }

  clear() {
    this.cursor = null;
    this.#other = null;
  }

  /** @returns {number[]|null} first and last row of the range */
  range() {
    if (!this.cursor || this.cursor.gone) return null;
    const other = this.#other.gone ? this.cursor : this.#other;
    return [Math.min(this.cursor.top, other.top), Math.max(this.cursor.top, other.top)];
  }

  /** @returns {Object[]} the selected ones of these */
  of(items) {
    const range = this.range();
    return range ? items.filter(item => item.top >= range[0] && item.top <= range[1]) : [];
  }
}
