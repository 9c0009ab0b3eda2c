// The reader's preferences, kept in this browser only.

const KEY = 'tailrace.preferences';

const DEFAULTS = {kept: 10_000, wrap: false, zone: 'local', detail: 'usual'};

export const KEPT = [1_000, 10_000, 50_000, 100_000];

export const DETAILS = {
  message: 'message only',
  usual: 'time, device, service, level',
  everything: 'everything: dates and positions too',
};

const ALLOWED = {kept: KEPT, wrap: [true, false], zone: ['local', 'utc'], detail: Object.keys(DETAILS)};

/** The values, and the listeners that are called when one changes. */
export class Preferences {
  #values = {...DEFAULTS};
  #listeners = [];

  constructor() {
    try {
      this.#take(JSON.parse(localStorage.getItem(KEY) ?? '{}'));
    } catch {
      // invalid, or the browser has no storage: use the defaults
    }
  }

  #take(values) {
    for (const [name, allowed] of Object.entries(ALLOWED)) {
      if (allowed.includes(values?.[name])) this.#values[name] = values[name];
    }
  }

  get(name) {
    return this.#values[name];
  }

  set(name, value) {
    if (this.#values[name] === value) return;
    this.#take({[name]: value});
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#values));
    } catch {
      // no storage: valid until the page is closed
    }
    this.#listeners.forEach(listener => listener(name));
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }
}
