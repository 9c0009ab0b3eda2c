// The search field: marks text in the lines of the view, counts the lines that have it, and goes to them.

import {byId, debounce, plural, setText} from './dom.js';
import {notify} from './notice.js';

const TYPING_MILLIS = 150;
const COUNT_MILLIS = 250;

/** Connects the field and its buttons with the view. */
export class SearchField {
  #find;
  #view;
  #counting = false;
  #search = debounce(TYPING_MILLIS, () => this.#searchNow());

  constructor(find, view) {
    this.#find = find;
    this.#view = view;
    byId('find').addEventListener('input', this.#search);
    byId('find-pattern').addEventListener('change', this.#search);
    byId('find').addEventListener('keydown', event => this.#pressed(event));
    byId('found-next').addEventListener('click', () => this.#goTo(1));
    byId('found-previous').addEventListener('click', () => this.#goTo(-1));
  }

  focus() {
    byId('find').select();
  }

  /** The lines of the view changed, and are counted again soon. */
  linesChanged() {
    if (!this.#find.isOn || this.#counting) return;
    this.#counting = true;
    setTimeout(() => {
      this.#counting = false;
      if (this.#find.isOn) setText('found', plural(this.#find.count(this.#view.store.items), 'hit'));
    }, COUNT_MILLIS);
  }

  #searchNow() {
    const wrong = this.#find.set(byId('find').value, byId('find-pattern').checked);
    byId('find').setAttribute('aria-invalid', String(Boolean(wrong)));
    byId('find').title = wrong;
    setText('found', wrong ? 'invalid pattern' : '');
    this.#view.repaint();
  }

  #goTo(step) {
    if (this.#find.isOn && !this.#view.goToFound(step)) notify('Nothing found.');
  }

  #pressed(event) {
    if (event.key === 'Enter') this.#goTo(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') {
      byId('find').value = '';
      this.#search();
      byId('log').focus();
    } else return;
    event.preventDefault();
  }
}
