// Renders the visible ones of very many rows. All rows have one height; an item may take several.

const AROUND = 6; // rows beyond the edges
const WHOLE = 80; // items with more rows are created in parts
const PART = 40;

/**
 * @typedef {Object} Model
 * @property {() => number} rows of all items
 * @property {(row: number) => number} indexAt index of the item that contains a row
 * @property {() => number} length
 * @property {(index: number) => {key: Object, top: number, rows: number, version: string|number}} at
 * @property {(index: number, from: number, to: number) => HTMLElement} make
 * @property {(element: HTMLElement, index: number) => void} dress called on each render
 */
export class VirtualList {
  #scroller;
  #body;
  #model;
  #shown = new Map(); // key: {element, version, top}
  #height = -1;

  constructor(scroller, body, model) {
    this.#scroller = scroller;
    this.#body = body;
    this.#model = model;
  }

  get rowHeight() {
    return this.#rowHeight ??= parseFloat(getComputedStyle(this.#body).getPropertyValue('--row'));
  }

  #rowHeight;

  /** The number of rows that are completely visible. */
  get page() {
    return Math.max(1, Math.floor(this.#scroller.clientHeight / this.rowHeight));
  }

  /** The first visible row, with a fraction. */
  get firstRow() {
    return this.#scroller.scrollTop / this.rowHeight;
  }

  scrollToRow(row) {
    this.#resize();
    this.#scroller.scrollTop = row * this.rowHeight;
  }

  /** Scrolls by the least that makes an item visible. */
  reveal(index) {
    const {top, rows} = this.#model.at(index);
    if (top < this.firstRow) this.scrollToRow(top);
    else if (top + rows > this.firstRow + this.page) this.scrollToRow(Math.min(top, top + rows - this.page));
  }

  #resize() {
    const height = this.#model.rows() * this.rowHeight;
    if (height === this.#height) return;
    this.#height = height;
    this.#body.style.height = `${height}px`;
  }

  /** The keys of the rendered items. */
  get shown() {
    return [...this.#shown.keys()];
  }

  elementOf(key) {
    return this.#shown.get(key)?.element;
  }

  render() {
    this.#resize();
    const model = this.#model;
    const firstRow = Math.max(0, Math.floor(this.firstRow) - AROUND);
    const lastRow = Math.ceil(this.firstRow) + this.page + AROUND;
    const wanted = new Map();
    if (model.length() > 0) {
      for (let index = model.indexAt(firstRow); index < model.length(); index++) {
        const item = model.at(index);
        if (item.top > lastRow) break;
        wanted.set(item.key, this.#element(index, item, firstRow, lastRow));
      }
    }
    this.#replace(wanted);
  }

  #element(index, item, firstRow, lastRow) {
    let from = 0;
    let to = item.rows;
    if (item.rows > WHOLE) {
      from = Math.max(0, Math.floor((firstRow - item.top) / PART) * PART);
      to = Math.min(item.rows, Math.ceil((lastRow - item.top + 1) / PART) * PART);
    }
    const version = `${item.version} ${from} ${to}`;
    let shown = this.#shown.get(item.key);
    if (shown?.version !== version) shown = {element: this.#model.make(index, from, to), version, top: -1};
    if (shown.top !== item.top || shown.rows !== item.rows) {
      shown.top = item.top;
      shown.rows = item.rows;
      shown.element.style.top = `${item.top * this.rowHeight}px`;
      shown.element.style.height = `${item.rows * this.rowHeight}px`;
    }
    this.#model.dress(shown.element, index);
    return shown;
  }

  // Elements that remain are not touched, so that focus and selected text are kept.
  #replace(wanted) {
    for (const [key, {element}] of this.#shown) {
      if (wanted.get(key)?.element !== element) element.remove();
    }
    let next = this.#body.firstElementChild;
    for (const {element} of wanted.values()) {
      if (element === next) next = next.nextElementSibling;
      else this.#body.insertBefore(element, next);
    }
    this.#shown = wanted;
  }
}
