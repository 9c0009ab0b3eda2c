// All devices that the broker knows: read completely at first, in pages, and then updated with the changes only.

import {json} from './api.js';

const LIST = 'api/v1/devices';

/** Names in one request for rates; the broker accepts 100. */
const MOST_NAMED = 100;

const REPORT_MILLIS = 500;

export class KnownDevices {
  #devices = new Map(); // name: {name, fleet, online, lastSeen, rates, lastLine}
  #sorted = null; // the same devices sorted by name, or null when they must be sorted again
  #version = '';
  #refreshing = null;
  #restarts = 0;

  get size() {
    return this.#devices.size;
  }

  get(name) {
    return this.#devices.get(name);
  }

  /** @returns {Object[]} devices, sorted by name */
  all() {
    this.#sorted ??= [...this.#devices.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
    return this.#sorted;
  }

  /**
   * Requests the changes, or all devices.
   *
   * @param {() => void} came called a few times during the first read, which may take seconds
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

  /** Starts over with all devices; an answer that is still pending belongs to the previous user, and is not used. */
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
    let reported = 0;
    let answer = first;
    for (;;) {
      if (restarts !== this.#restarts) return false;
      for (const device of answer.devices) {
        gone.delete(device.device);
        this.#take(device);
      }
      this.#sorted = null;
      if (!answer.next) break;
      if (performance.now() - reported > REPORT_MILLIS) {
        came();
        reported = performance.now();
      }
      answer = await json(`${LIST}?after=${encodeURIComponent(answer.next)}`);
    }
    gone.forEach(name => this.#devices.delete(name));
    this.#version = first.version; // changes during the read are part of the first update
    return true;
  }

  #take({device, fleet, online, lastSeen}) {
    const known = this.#devices.get(device);
    if (known) Object.assign(known, {fleet, online, lastSeen});
    else this.#devices.set(device, {name: device, fleet, online, lastSeen, rates: []});
  }

  /**
   * Requests the rates of some devices, and when they were last active.
   *
   * @param {Object[]} devices the visible ones
   * @param {number} samples values of each device's rate that are kept
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
