// All devices that the broker knows, kept up to date by what changes: a first reading in pages, then the changes only.

import {json} from './api.js';

const LIST = 'api/v1/devices';

/** Names in one question about rates; the broker takes 100. */
const MOST_NAMED = 100;

const TOLD_MILLIS = 500;

export class KnownDevices {
  #devices = new Map(); // name: {name, fleet, online, lastSeen, rates, lastLine}
  #sorted = null; // the same in order of their names, when that is known
  #version = '';
  #refreshing = null;
  #restarts = 0;

  get size() {
    return this.#devices.size;
  }

  get(name) {
    return this.#devices.get(name);
  }

  /** @returns {Object[]} in order of their names */
  all() {
    this.#sorted ??= [...this.#devices.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
    return this.#sorted;
  }

  /**
   * Asks for what has changed, or for all.
   *
   * @param {() => void} came called a few times during the first reading, which may take seconds
   * @returns {Promise<boolean>} whether anything has changed
   */
  refresh(came) {
    if (!this.#refreshing) {
      const refreshing = this.#refresh(came).finally(() => {
        if (this.#refreshing === refreshing) this.#refreshing = null;
      });
      this.#refreshing = refreshing;
    }
    return this.#refreshing;
  }

  /** Has all devices read again; an answer that is still on its way is of the reader before, and is not used. */
  restart() {
    this.#version = '';
    this.#refreshing = null;
    this.#restarts++;
  }

  async #refresh(came) {
    const restarts = this.#restarts;
    if (!this.#version) return this.#readAll(await json(LIST), came, restarts);
    let changed = false;
    let answer;
    do {
      answer = await json(`${LIST}?since=${encodeURIComponent(this.#version)}`);
      if (restarts !== this.#restarts) return false;
      if (answer.reset) return this.#readAll(answer, () => {}, restarts);
      answer.removed.forEach(name => this.#devices.delete(name));
      answer.devices.forEach(device => this.#take(device));
      if (answer.removed.length + answer.devices.length > 0) changed = true;
      this.#version = answer.version;
    } while (answer.more);
    if (changed) this.#sorted = null;
    return changed;
  }

  async #readAll(first, came, restarts) {
    const gone = new Set(this.#devices.keys());
    let told = 0;
    let answer = first;
    for (;;) {
      if (restarts !== this.#restarts) return false;
      for (const device of answer.devices) {
        gone.delete(device.device);
        this.#take(device);
      }
      this.#sorted = null;
      if (!answer.next) break;
      if (performance.now() - told > TOLD_MILLIS) {
        came();
        told = performance.now();
      }
      answer = await json(`${LIST}?after=${encodeURIComponent(answer.next)}`);
    }
    gone.forEach(name => this.#devices.delete(name));
    this.#version = first.version; // what changed during the reading comes with the first changes
    return true;
  }

  #take({device, fleet, online, lastSeen}) {
    const known = this.#devices.get(device);
    if (known) Object.assign(known, {fleet, online, lastSeen});
    else this.#devices.set(device, {name: device, fleet, online, lastSeen, rates: []});
  }

  /**
   * Asks how fast some devices write, and when they were seen.
   *
   * @param {Object[]} devices those in sight
   * @param {number} samples of each device's rate that are kept
   */
  async sample(devices, samples) {
    for (let from = 0; from < devices.length; from += MOST_NAMED) {
      const names = devices.slice(from, from + MOST_NAMED).map(device => `device=${encodeURIComponent(device.name)}`);
      for (const {device, lastSeen, online, linesPerSecond} of (await json(`${LIST}?${names.join('&')}`)).devices) {
        const known = this.#devices.get(device);
        if (!known) continue;
        Object.assign(known, {lastSeen, online});
        known.rates.push(linesPerSecond);
        if (known.rates.length > samples) known.rates.shift();
      }
    }
  }
}
