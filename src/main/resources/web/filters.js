// The fields of the filter, which the broker applies.

import {debounce, make} from './dom.js';

const TYPING_MILLIS = 400;
const MOST_SUGGESTED = 100;

const names = text => [...new Set(text.split(',').map(name => name.trim()).filter(Boolean))];

/** Reads a state from the form and writes it back, and suggests the services and levels of received lines. */
export class Filters {
  #form;
  #seen = {service: new Set(), level: new Set()};

  /** @param {Function} changed called with the fields when the reader has changed them */
  constructor(form, changed) {
    this.#form = form;
    const notify = () => changed(this.read());
    form.addEventListener('input', debounce(TYPING_MILLIS, notify));
    form.addEventListener('submit', event => {
      event.preventDefault();
      notify();
    });
    form.addEventListener('reset', () => setTimeout(notify));
  }

  read() {
    const {service, level, stream, system, text, pattern} = this.#form.elements;
    return {
      service: names(service.value),
      level: names(level.value),
      stream: stream.value,
      system: system.value,
      q: pattern.checked ? '' : text.value,
      regex: pattern.checked ? text.value : '',
    };
  }

  show(state) {
    const now = this.read();
    if (Object.keys(now).every(name => String(now[name]) === String(state[name]))) return; // the reader may be typing
    const {service, level, stream, system, text, pattern} = this.#form.elements;
    service.value = state.service.join(', ');
    level.value = state.level.join(', ');
    stream.value = ['stdout', 'stderr'].includes(state.stream) ? state.stream : '';
    system.value = ['true', 'false'].includes(state.system) ? state.system : '';
    text.value = state.regex || state.q;
    pattern.checked = Boolean(state.regex) || (pattern.checked && !state.q);
  }

  /** Collects names from entries, for suggestions. */
  learn(entries) {
    for (const kind of ['service', 'level']) {
      const seen = this.#seen[kind];
      for (const entry of entries) {
        const name = entry[kind];
        if (!name || seen.has(name) || seen.size >= MOST_SUGGESTED) continue;
        seen.add(name);
        this.#form.querySelector(`datalist#${kind}s`).append(make('option', {value: name}));
      }
    }
  }
}
