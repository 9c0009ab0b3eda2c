// One live stream: the browser's EventSource, what it brought and nobody has taken yet, and the places to resume from.

import {whyRefused} from './api.js';

const MOST_WAITING = 20_000; // then what waits is taken at once, whether or not a frame is due
const MOST_CHARACTERS = 16 * 1024 * 1024; // likewise
const LONGEST_PAUSE_MILLIS = 30_000;
const EVENTS = ['gap', 'clear', 'status', 'checkpoint', 'bye'];
const USUAL_INTERVAL_MILLIS = 15_000; // in which a broker says that the stream is alive, until it tells its own
const LEAST_INTERVAL_MILLIS = 500; // a shorter silence may be this page's own
const SILENT_HALVES = 5; // of such intervals, after which the connection is taken for dead

/** Follows devices for ever; tells its owner what it is doing. */
export class Live {
  #owner;
  #source = null;
  #query = '';
  #waiting = [];
  #taken = 0; // of those waiting
  #characters = 0; // of those waiting
  #places = new Map(); // device: {epoch, offset} of the newest entry that was taken
  #resumeId = ''; // the newest that arrived; all that arrived before it waits or was taken
  #failures = 0;
  #timer = 0;
  #opening = 0;
  #watch = 0; // ticks each half interval
  #interval = 0; // of the watch
  #silentHalves = 0;

  /** @param {{arrived: Function, full: Function, state: Function}} owner */
  constructor(owner) {
    this.#owner = owner;
    addEventListener('online', () => this.retryNow());
  }

  /** @param {string} query of the stream, with the devices, the filters and `tail` */
  open(query) {
    this.close();
    this.#query = query;
    this.#owner.state('connecting');
    this.#connect();
  }

  close() {
    this.#opening++;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#unwatch();
    this.#source?.close();
    this.#source = null;
    this.#waiting = [];
    this.#taken = 0;
    this.#characters = 0;
    this.#places.clear();
    this.#resumeId = '';
    this.#failures = 0;
  }

  retryNow() {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#connect();
  }

  get waiting() {
    return this.#waiting.length - this.#taken;
  }

  /**
   * Takes what waits, in order, until the time is up.
   * @returns {Object[]} entries, and events that have their name in `event`
   */
  take(until) {
    const taken = [];
    while (this.#taken < this.#waiting.length && (taken.length % 64 !== 63 || performance.now() < until)) {
      const next = this.#waiting[this.#taken++];
      const isEntry = typeof next === 'string';
      const told = JSON.parse(isEntry ? next : next.data);
      if (!isEntry) told.event = next.type;
      if (this.#isNew(told)) taken.push(told);
    }
    if (this.#taken === this.#waiting.length) {
      this.#waiting = [];
      this.#taken = 0;
      this.#characters = 0;
    }
    return taken;
  }

  // ---- places

  #isNew(told) {
    if (told.event === 'checkpoint') {
      Object.entries(told.positions).forEach(([device, position]) => this.#pass(device, position));
      return false;
    }
    if (told.event === 'gap') return !told.to || this.#isLost(told);
    return told.event !== undefined || this.#pass(told.device, told.id);
  }

  /** Leaves of a gap what has not come before: the broker may know an older place than this page. */
  #isLost(gap) {
    const shown = this.#places.get(gap.device)?.offset;
    const [epoch, from] = parted(gap.from);
    const isSameEpoch = this.#places.get(gap.device)?.epoch === epoch;
    if (!this.#pass(gap.device, gap.to)) return false;
    if (isSameEpoch && shown >= from) {
      gap.from = `${epoch}-${shown + 1}`;
      gap.count = parted(gap.to)[1] - shown;
    }
    return true;
  }

  /** @returns {boolean} whether it lies ahead; after a reconnect some come again */
  #pass(device, position) {
    const [epoch, offset] = parted(position);
    const known = this.#places.get(device);
    if (known?.epoch === epoch) {
      if (offset <= known.offset) return false;
      known.offset = offset;
    } else {
      this.#places.set(device, {epoch, offset});
    }
    return true;
  }

  #path() {
    // Places of very many devices fit into no address: then the broker keeps them, and what comes again is passed over.
    const isKept = this.#resumeId.startsWith('s.') && !this.#resumeId.includes(':');
    const after = isKept
      ? this.#resumeId.split('~')[0] // without the ticket to come again with
      : [...this.#places].map(([device, {epoch, offset}]) => `${device}:${epoch}-${offset}`).join(',');
    return `api/v1/logs/stream?${this.#query}${after ? '&after=' + encodeURIComponent(after) : ''}`;
  }

  // ---- the connection

  #connect() {
    const path = this.#path();
    const source = new EventSource(path);
    this.#source = source;
    this.#watchOver(source, path, this.#interval || USUAL_INTERVAL_MILLIS);
    source.addEventListener('alive', event => {
      this.#resumeId = event.lastEventId || this.#resumeId;
      this.#silentHalves = 0;
      const {interval} = JSON.parse(event.data);
      if (interval !== this.#interval) this.#watchOver(source, path, interval);
    });
    source.onopen = () => {
      this.#silentHalves = 0;
      this.#failures = 0;
      this.#owner.state('open');
    };
    source.onmessage = message => {
      this.#resumeId = message.lastEventId || this.#resumeId;
      this.#arrived(message.data);
    };
    for (const name of EVENTS) {
      source.addEventListener(name, event => {
        this.#resumeId = event.lastEventId || this.#resumeId;
        this.#arrived({type: name, data: event.data});
        if (name === 'bye') this.#leave(source, JSON.parse(event.data).reason);
      });
    }
    source.onerror = () => this.#failed(source, path);
  }

  // Counts ticks, not time: after a sleep of the machine or of this page nothing is taken for dead that was not asked.
  #watchOver(source, path, interval) {
    this.#unwatch();
    this.#interval = interval;
    this.#silentHalves = 0;
    this.#watch = setInterval(() => {
      if (++this.#silentHalves >= SILENT_HALVES) this.#failed(source, path);
    }, Math.max(LEAST_INTERVAL_MILLIS, interval) / 2);
  }

  #unwatch() {
    clearInterval(this.#watch);
    this.#watch = 0;
  }

  #arrived(what) {
    this.#silentHalves = 0;
    this.#waiting.push(what);
    this.#characters += what.length ?? 0;
    if (this.waiting > MOST_WAITING || this.#characters > MOST_CHARACTERS) this.#owner.full();
    else if (this.#waiting.length - this.#taken === 1) this.#owner.arrived();
  }

  /** The broker asked to come back later, not all at once. */
  #leave(source, reason) {
    this.#unwatch();
    source.close();
    if (reason !== 'draining') this.#failed(source, this.#path());
    else this.#wait(500 + Math.random() * 4500);
  }

  // The browser would connect again by itself, but tells neither when nor why it could not.
  async #failed(source, path) {
    if (source !== this.#source) return;
    const refused = source.readyState === EventSource.CLOSED;
    this.#unwatch();
    source.close();
    this.#source = null;
    const opening = this.#opening;
    const why = refused ? await whyRefused(path) : null;
    if (opening !== this.#opening) return;
    if (why?.status === 401 || why?.status === 403 || why?.status === 400) {
      this.#owner.state('refused', {status: why.status, why: why.message});
      return;
    }
    const longest = Math.min(LONGEST_PAUSE_MILLIS, 1000 * 2 ** this.#failures++);
    this.#wait(longest * (0.5 + Math.random() / 2), why?.message);
  }

  #wait(millis, why = '') {
    this.#source = null;
    clearTimeout(this.#timer);
    this.#owner.state('waiting', {until: Date.now() + millis, why});
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#owner.state('connecting', {again: true});
      this.#connect();
    }, millis);
  }
}

function parted(position) {
  const dash = position.lastIndexOf('-');
  return [position.slice(0, dash), Number(position.slice(dash + 1))];
}
