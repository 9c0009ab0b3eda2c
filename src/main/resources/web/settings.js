// The settings dialog: the reader's preferences, which this browser keeps, and the broker's limits, which are read-only.

import {json} from './api.js';
import {open} from './dialogs.js';
import {make, written} from './dom.js';
import {DETAILS, KEPT} from './preferences.js';

const LIMITS = {
  ringCapacity: ['Lines kept per device', '--ring-capacity'],
  ringBytes: ['Bytes kept per device', '--ring-bytes', bytes],
  ringTtlSeconds: ['A silent device is removed after', '--ring-ttl', seconds],
  deviceLines: ['Lines per second of a device', '--device-lines', rate],
  deviceBytes: ['Bytes per second of a device', '--device-bytes', rateOfBytes],
  fleetLines: ['Lines per second of a fleet', '--fleet-lines', rate],
  fleetBytes: ['Bytes per second of a fleet', '--fleet-bytes', rateOfBytes],
  ingestWindowLines: ['Unacknowledged lines before a sender is paused', '--ingest-window-lines'],
  ingestWindowBytes: ['Unacknowledged bytes before a sender is paused', '--ingest-window-bytes', bytes],
  ingestLineBytes: ['Longest line', '--ingest-line-bytes', bytes],
  streamDevices: ['Devices on one stream', '--stream-devices'],
  followedDevices: ['Devices on all streams', '--followed-devices'],
  streamsPerUser: ['Streams per user', '--streams-per-user'],
  fleetDevices: ['Devices in a fleet', '--fleet-devices'],
};

function bytes(number) {
  if (number % 1048576 === 0) return `${number / 1048576} MiB`;
  return number % 1024 === 0 ? `${number / 1024} KiB` : `${written(number)} bytes`;
}

function rate(number) {
  return number === 0 ? 'unlimited' : written(number);
}

function rateOfBytes(number) {
  return number === 0 ? 'unlimited' : bytes(number);
}

function seconds(number) {
  if (number % 86400 === 0) return `${written(number / 86400)} days`;
  return number % 3600 === 0 ? `${written(number / 3600)} hours` : `${written(number)} s`;
}

/** Opens the dialog; a change takes effect at once. */
export function openSettings(dialog, preferences) {
  const form = dialog.querySelector('form');
  const {kept, detail, zone, wrap} = form.elements;
  kept.replaceChildren(...KEPT.map(number => make('option', {value: number}, written(number))));
  detail.replaceChildren(...Object.entries(DETAILS).map(([name, text]) => make('option', {value: name}, text)));
  kept.value = preferences.get('kept');
  detail.value = preferences.get('detail');
  zone.value = preferences.get('zone');
  wrap.checked = preferences.get('wrap');
  const take = () => {
    preferences.set('kept', Number(kept.value));
    preferences.set('detail', detail.value);
    preferences.set('zone', zone.value);
    preferences.set('wrap', wrap.checked);
  };
  form.addEventListener('change', take);
  open(dialog, () => {}, () => form.removeEventListener('change', take));
  showLimits(dialog.querySelector('#limits'));
}

async function showLimits(list) {
  try {
    const limits = await json('api/v1/limits');
    const rows = Object.entries(LIMITS).filter(([name]) => name in limits).map(([name, [text, option, write = written]]) =>
      make('div', {title: option}, make('dt', {}, text), make('dd', {}, write(limits[name]))));
    list.replaceChildren(...rows);
  } catch (refused) {
    list.replaceChildren(make('div', {}, make('dt', {}, 'Unknown'), make('dd', {}, refused.message)));
  }
}
