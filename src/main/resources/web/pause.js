// Holds the events that arrive while the view is paused, up to the limits of the view.

import {MOST_CHARACTERS, sizeOf} from './store.js';

/** One pause after another; events are held from begin() to end(). */
export class Pause {
  #mostEvents;
  #held = null; // null when not paused
  #size = 0; // of the held events, in characters
  #dropped = 0; // number of entries that were dropped again

  /** @param {function(): number} mostEvents how many events are held at most */
  constructor(mostEvents) {
    this.#mostEvents = mostEvents;
  }

  get isOn() {
    return this.#held !== null;
  }

  begin() {
    this.#held = [];
    this.#size = 0;
    this.#dropped = 0;
  }

  /** @returns {number} the number of events that arrived since the pause began */
  hold(events) {
    for (const one of events) {
      this.#held.push(one);
      this.#size += sizeOf(one);
    }
    let over = Math.max(0, this.#held.length - this.#mostEvents());
    let gone = this.#held.slice(0, over).reduce((sum, one) => sum + sizeOf(one), 0);
    while (this.#size - gone > MOST_CHARACTERS) gone += sizeOf(this.#held[over++]);
    this.#size -= gone;
    this.#dropped += this.#held.splice(0, over).filter(one => one.event === undefined).length;
    return this.#held.length + this.#dropped;
  }

  /** @returns {{events: Object[], dropped: number}} what arrived during the pause; nothing when there was no pause */
  end() {
    const came = {events: this.#held ?? [], dropped: this.#dropped};
    this.#held = null;
    this.#dropped = 0;
    return came;
  }
}
