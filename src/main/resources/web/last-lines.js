// The newest line of each visible device, requested when there may be a newer one.

import {strip} from './ansi.js';
import {devicePath, json} from './api.js';

const AT_ONCE = 2; // requests at a time; over HTTP/1.1 a browser has at most six connections
const STALE_MILLIS = 15_000; // the time of a device's last activity is accurate to some seconds only
const MOST_CHARACTERS = 200;

export class LastLines {
  #found;
  #wanted = [];
  #asking = 0;

  /** @param {(device: Object) => void} found called when a device has another `lastLine` */
  constructor(found) {
    this.#found = found;
  }

  /** @param {Object[]} devices the visible ones; others are no longer requested */
  want(devices) {
    this.#wanted = devices.filter(isDue);
    while (this.#asking < AT_ONCE && this.#wanted.length > 0) this.#ask(this.#wanted.shift());
  }

  async #ask(device) {
    this.#asking++;
    device.lineAsked = {state: stateOf(device), at: performance.now()};
    try {
      const [entry] = await json(`${devicePath(device.name)}/logs?limit=1&format=json`);
      const text = entry ? shown(entry.message) : '';
      if (text !== device.lastLine) {
        device.lastLine = text;
        this.#found(device);
      }
    } catch {
      // The previous line is kept. The poll of the device list reports an unavailable broker.
    } finally {
      this.#asking--;
      this.want(this.#wanted);
    }
  }
}

const stateOf = ({lastSeen, rates}) => `${lastSeen} ${rates.at(-1)}`;

function isDue(device) {
  const {lineAsked} = device;
  return !lineAsked || lineAsked.state !== stateOf(device) || performance.now() - lineAsked.at > STALE_MILLIS;
}

function shown(message) {
  return strip(message.slice(0, MOST_CHARACTERS).split(/\r?\n/).find(line => line.trim()) ?? '');
}
