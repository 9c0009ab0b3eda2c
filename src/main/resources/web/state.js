// The status line: live, behind, storage unavailable, reconnecting. Screen readers do not read parts that change every second.

import {written} from './dom.js';

const TICK_MILLIS = 250;

/** Combines the states of several sources into one line; the worst counts. */
export class State {
  #facts = {connection: 'idle', until: 0, why: '', behind: 0, storageAway: false, silent: '', held: null};
  #visible;
  #spoken;
  #pill;
  #timer = 0;

  constructor(pill, visible, spoken) {
    this.#pill = pill;
    this.#visible = visible;
    this.#spoken = spoken;
  }

  get(name) {
    return this.#facts[name];
  }

  set(facts) {
    Object.assign(this.#facts, facts);
    this.#show();
  }

  #show() {
    const {kind, text, spoken = text} = this.#words();
    this.#pill.dataset.state = kind;
    if (this.#visible.textContent !== text) this.#visible.textContent = text;
    if (this.#spoken.textContent !== spoken) this.#spoken.textContent = spoken;
    const counts = this.#facts.connection === 'waiting';
    if (counts && !this.#timer) this.#timer = setInterval(() => this.#show(), TICK_MILLIS);
    if (!counts) {
      clearInterval(this.#timer);
      this.#timer = 0;
    }
  }

  #words() {
    const {connection, until, why, behind, storageAway, silent, held} = this.#facts;
    const because = why ? `: ${why}` : '';
    if (connection === 'refused') return {kind: 'broken', text: `refused${because}`};
    if (connection === 'waiting') {
      const seconds = Math.max(0, Math.ceil((until - Date.now()) / 1000));
      return {kind: 'broken', text: `reconnecting in ${seconds} s${because}`, spoken: `connection lost, reconnecting${because}`};
    }
    if (silent) return {kind: 'broken', text: silent};
    if (connection === 'idle') return {kind: 'idle', text: 'select a device'};
    if (connection === 'connecting') return {kind: 'waiting', text: 'connecting'};
    if (storageAway) return {kind: 'broken', text: 'storage is unavailable: new lines cannot be shown'};
    if (held !== null) return {kind: 'waiting', text: `paused, ${written(held)} waiting`, spoken: 'paused'};
    if (behind > 0) return {kind: 'waiting', text: `behind by ${Math.round(behind / 1000)} s`, spoken: 'behind'};
    return {kind: 'live', text: 'live'};
  }
}
