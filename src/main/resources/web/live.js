// One live stream: the browser's EventSource, the queue of received events, and the positions to resume from.

import {whyRefused} from './api.js';

const MOST_WAITING = 20_000; // with more events the queue is processed at once, without waiting for a frame
const MOST_CHARACTERS = 16 * 1024 * 1024; // the same for their size
const LONGEST_PAUSE_MILLIS = 30_000;
const EVENTS = ['gap', 'clear', 'status', 'checkpoint', 'bye'];
const USUAL_INTERVAL_MILLIS = 15_000; // between heartbeats, until the broker has sent its interval
const LEAST_INTERVAL_MILLIS = 500; // a shorter silence may be a pause of this page
const SILENT_HALVES = 5; // half intervals without an event, after which the connection is considered dead

/** Follows devices until it is stopped; reports its state to its owner. */
export class Live {
  #owner;
  #source = null;
  #query = '';
  #waiting = [];
  #taken = 0; // number of queued events that were taken
  #characters = 0; // of the queued events
  #places = new Map(); // device: {epoch, offset} of the newest entry that was taken
  #resumeId = ''; // the newest id that arrived; all events before it are queued or were taken
  #failures = 0;
  #timer = 0;
  #opening = 0;
  #watch = 0; // a timer that fires every half interval
  #interval = 0; // of that timer
  #silentHalves = 0;

  /** @param {{arrived: Function, full: Function, state: Function}} owner */
  constructor(owner) {
    this.#owner = owner;
    addEventListener('online', () => this.retryNow());
  }

  /** @param {string} query query of the stream: devices, filters and `tail` */
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
   * Takes queued events, in order, until the time is up.
   * @returns {Object[]} entries, and events that have their name in `event`
   */
  take(until) {
    const taken = [];
    while (this.#taken < this.#waiting.length && (taken.length % 64 !== 63 || performance.now() < until)) {
      const next = this.#waiting[this.#taken++];
      const isEntry = typeof next === 'string';
      const event = JSON.parse(isEntry ? next : next.data);
      if (!isEntry) event.event = next.type;
      if (this.#isNew(event)) taken.push(event);
    }
    if (this.#taken === this.#waiting.length) {
      this.#waiting = [];
      this.#taken = 0;
      this.#characters = 0;
    }
    return taken;
  }

  // ---- places

  #isNew(event) {
    if (event.event === 'checkpoint') {
      Object.entries(event.positions).forEach(([device, position]) => this.#pass(device, position));
      return false;
    }
    if (event.event === 'gap') return !event.to || this.#isLost(event);
    return event.event !== undefined || this.#pass(event.device, event.id);
  }

  /** Cuts from a gap the part that was received before: the broker may have an older position than this page. */
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

  /** @returns {boolean} whether the position is new; after a reconnect some entries are repeated */
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
    // The positions of very many devices do not fit into a URL: then the broker keeps them, and repeated entries are dropped.
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

  // Counts timer ticks, not time: after a sleep of the machine or of this page a live connection must not be considered dead.
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

  /** The broker asked for a delay before the reconnect, which spreads reconnects. */
  #leave(source, reason) {
    this.#unwatch();
    source.close();
    if (reason !== 'draining') this.#failed(source, this.#path());
    else this.#wait(500 + Math.random() * 4500);
  }

  // The browser would reconnect by itself, but reports neither when it will nor why it failed.
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
