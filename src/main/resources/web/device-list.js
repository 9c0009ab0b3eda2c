// The device list: status, last activity, last line and rate of each device; the watched devices are marked.

import {brokerNow} from './api.js';
import {plural, make, written} from './dom.js';
import {KnownDevices} from './known-devices.js';
import {LastLines} from './last-lines.js';
import {rate, points, spark} from './spark.js';
import {ago} from './times.js';
import {VirtualList} from './virtual-list.js';

const EVERY_MILLIS = 3_000;
const SAMPLES = 40; // values of each device's rate in its chart

/** Polls the devices, and shows those that match the reader's search. */
export class DeviceList {
  #known = new KnownDevices();
  #shown = [];
  #chosen = new Set();
  #elements;
  #owner;
  #list;
  #lastLines = new LastLines(device => setText(this.#list.elementOf(device)?.querySelector('.last'), device.lastLine));
  #timer = 0;

  /**
   * @param {{scroller, body, filter, onlineOnly, fleet, watchFleet, count}} elements
   * @param {{choose: Function, toggle: Function, watchFleet: Function, answered: Function, failed: Function}} owner
   */
  constructor(elements, owner) {
    this.#elements = elements;
    this.#owner = owner;
    this.#list = new VirtualList(elements.scroller, elements.body, {
      rows: () => this.#shown.length,
      length: () => this.#shown.length,
      indexAt: row => Math.min(row, this.#shown.length - 1),
      at: index => ({key: this.#shown[index], top: index, rows: 1, version: ''}),
      make: index => this.#make(this.#shown[index]),
      dress: (element, index) => this.#dress(element, this.#shown[index], index),
    });
    elements.scroller.addEventListener('scroll', () => this.#render());
    elements.body.addEventListener('keydown', event => this.#pressed(event));
    elements.filter.addEventListener('input', () => this.#look());
    elements.onlineOnly.addEventListener('change', () => this.#look());
    elements.fleet.addEventListener('change', () => this.#look());
    elements.watchFleet.addEventListener('click', () => owner.watchFleet(elements.fleet.value));
    new ResizeObserver(() => this.#render()).observe(elements.scroller);
    document.addEventListener('visibilitychange', () => document.hidden || this.ask());
  }

  /** Polls now, and regularly from now on. */
  async ask() {
    clearTimeout(this.#timer);
    try {
      if (await this.#known.refresh(() => this.#look())) this.#take();
      await this.#known.sample(this.#list.shown, SAMPLES);
      this.#render();
      this.#owner.answered();
    } catch (refused) {
      this.#owner.failed(refused);
    }
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => this.ask(), EVERY_MILLIS);
  }

  /** Called after a login or logout, because the reader may see other devices than before. */
  restart() {
    this.#known.restart();
    return this.ask();
  }

  mark(chosen) {
    this.#chosen = new Set(chosen);
    this.#list.render();
  }

  get(name) {
    return this.#known.get(name);
  }

  inFleet(fleet) {
    return this.#known.all().filter(device => device.fleet === fleet).map(device => device.name);
  }

  // ---- data

  #take() {
    this.#listFleets();
    this.#look();
  }

  #listFleets() {
    const {fleet, watchFleet} = this.#elements;
    const sizes = new Map();
    for (const one of this.#known.all()) if (one.fleet) sizes.set(one.fleet, (sizes.get(one.fleet) ?? 0) + 1);
    const names = [...sizes.keys()].sort();
    const listed = [...fleet.options].slice(1).map(option => `${option.value} ${option.dataset.size}`).join();
    if (listed !== names.map(name => `${name} ${sizes.get(name)}`).join()) {
      const options = names.map(name => make('option', {value: name, 'data-size': sizes.get(name)}, `${name} (${sizes.get(name)})`));
      const selected = fleet.value;
      fleet.replaceChildren(fleet.options[0], ...options);
      fleet.value = names.includes(selected) ? selected : '';
    }
    fleet.closest('.fleets').hidden = names.length === 0;
    watchFleet.disabled = !fleet.value;
  }

  #look() {
    const {filter, onlineOnly, fleet, count, watchFleet} = this.#elements;
    const text = filter.value.trim().toLowerCase();
    const has = value => value?.toLowerCase().includes(text);
    this.#shown = this.#known.all().filter(
      one => (!text || has(one.name) || has(one.fleet)) && (!onlineOnly.checked || one.online) && (!fleet.value || one.fleet === fleet.value),
    );
    const online = this.#shown.filter(one => one.online).length;
    count.textContent =
      this.#known.size === 0 ? 'No device has written yet.' : `${plural(this.#shown.length, 'device')}, ${written(online)} online`;
    watchFleet.disabled = !fleet.value;
    this.#render();
  }

  #render() {
    this.#list.render();
    this.#lastLines.want(this.#list.shown);
  }

  // ---- rows

  #make(device) {
    const box = make('input', {type: 'checkbox', 'aria-label': `Merge ${device.name} into the view`, title: 'merge into the view'});
    box.addEventListener('change', () => this.#owner.toggle(device.name, box.checked));
    const link = make('a', {href: `#device=${encodeURIComponent(device.name)}`},
      make('span', {class: 'name'}), make('span', {class: 'about'}), make('span', {class: 'last'}));
    link.addEventListener('click', event => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      this.#owner.choose(device.name);
    });
    return make('div', {class: 'device-row', role: 'listitem'}, box, link,
      make('span', {class: 'pace'}, spark([], SAMPLES), make('span', {class: 'rate'})));
  }

  #dress(row, device, index) {
    const chosen = this.#chosen.has(device.name);
    row.setAttribute('aria-setsize', this.#shown.length);
    row.setAttribute('aria-posinset', index + 1);
    row.classList.toggle('online', device.online);
    row.classList.toggle('chosen', chosen);
    row.querySelector('input').checked = chosen;
    const link = row.querySelector('a');
    if (chosen) link.setAttribute('aria-current', 'true');
    else link.removeAttribute('aria-current');
    setText(row.querySelector('.name'), device.name);
    const seen = device.lastSeen ? ago(device.lastSeen, brokerNow()) : 'never';
    setText(row.querySelector('.about'), `${device.online ? 'online' : 'offline'} · ${seen}${device.fleet ? ` · ${device.fleet}` : ''}`);
    setText(row.querySelector('.last'), device.lastLine ?? '');
    const now = device.rates.at(-1) ?? 0;
    setText(row.querySelector('.rate'), rate(now));
    row.querySelector('polyline').setAttribute('points', points(device.rates, SAMPLES));
    row.querySelector('.pace').classList.toggle('quiet', device.rates.every(value => value === 0));
  }

  #pressed(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    const row = event.target.closest('.device-row');
    if (!step || !row) return;
    event.preventDefault();
    const index = Math.min(this.#shown.length - 1, Math.max(0, Number(row.getAttribute('aria-posinset')) - 1 + step));
    this.#list.reveal(index);
    this.#list.render();
    this.#list.elementOf(this.#shown[index])?.querySelector('a').focus({preventScroll: true});
  }
}

function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
