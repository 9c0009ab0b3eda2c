// The fields of the filter, which the broker applies.

import {debounce, make} from './dom.js';
import {LEVELS, levelOf} from './levels.js';

const TYPING_MILLIS = 400;
const MOST_SUGGESTED = 100;

const ATTRIBUTE = /^!?[^=!]+=./;

const names = text => [...new Set(text.split(',').map(name => name.trim()).filter(Boolean))];

/** Names are wanted, or excluded by an exclamation mark. */
const wanted = text => names(text).filter(name => !name.startsWith('!'));
const excluded = text => names(text).filter(name => name.length > 1 && name.startsWith('!')).map(name => name.slice(1));
const joined = (those, others) => [...those, ...others.map(name => `!${name}`)].join(', ');

/** Reads a state from the form and writes it back, and suggests the services and levels of received lines. */
export class Filters {
  #form;
  #seen = {service: new Set(), level: new Set()};

  /** @param {Function} changed called with the fields when the reader has changed them */
  constructor(form, changed) {
    this.#form = form;
    form.elements.least.append(...LEVELS.map(level => make('option', {value: level}, `≥ ${level}`)));
    const notify = () => changed(this.read());
    form.addEventListener('input', debounce(TYPING_MILLIS, notify));
    form.addEventListener('submit', event => {
      event.preventDefault();
      notify();
    });
    form.addEventListener('reset', () => setTimeout(notify));
  }

  read() {
    const {service, level, least, attributes, stream, system, text, pattern} = this.#form.elements;
    const not = text.value.length > 1 && text.value.startsWith('!');
    const search = not ? text.value.slice(1) : text.value;
    return {
      service: wanted(service.value),
      'service!': excluded(service.value),
      level: wanted(level.value),
      'level!': excluded(level.value),
      'level>': least.value,
      attributes: names(attributes.value).filter(text => ATTRIBUTE.test(text)),
      stream: stream.value,
      system: system.value,
      q: pattern.checked || not ? '' : search,
      'q!': pattern.checked || !not ? '' : search,
      regex: pattern.checked && !not ? search : '',
      'regex!': pattern.checked && not ? search : '',
    };
  }

  show(state) {
    const now = this.read();
    if (Object.keys(now).every(name => String(now[name]) === String(state[name]))) return; // the reader may be typing
    const {service, level, least, attributes, stream, system, text, pattern} = this.#form.elements;
    service.value = joined(state.service, state['service!']);
    level.value = joined(state.level, state['level!']);
    least.value = levelOf(state['level>'].toLowerCase()) ?? '';
    attributes.value = state.attributes.join(', ');
    stream.value = ['stdout', 'stderr'].includes(state.stream) ? state.stream : '';
    system.value = ['true', 'false'].includes(state.system) ? state.system : '';
    const not = state['regex!'] || state['q!'];
    text.value = state.regex || state.q || (not && `!${not}`);
    pattern.checked = Boolean(state.regex || state['regex!']) || (pattern.checked && !state.q && !state['q!']);
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
