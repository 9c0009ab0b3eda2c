// Saves lines as a file: all stored lines, the stored lines that match the filter, or the lines in the view.

import {ask, devicePath} from './api.js';
import {filterParams} from './address.js';
import {open} from './dialogs.js';
import {plural, make} from './dom.js';
import {iso, zoneName} from './times.js';

const MOST_BYTES = 256 * 1024 * 1024;

/**
 * @param {{devices: string[], state: Object, zone: string, entries: () => Object[]}} view
 */
export function askToDownload(dialog, view) {
  open(dialog, async form => {
    const {what, format} = form.elements;
    const filter = what.value === 'all' ? new URLSearchParams() : filterParams(view.state);
    if (what.value === 'view') save(written(view.entries(), format.value, view), nameOf(view, format.value));
    else if (view.devices.length === 1) leaveItToTheBrowser(view, filter, format.value);
    else save(written(await merged(view.devices, filter), format.value, view), nameOf(view, format.value));
  });
}

function leaveItToTheBrowser({devices, zone}, filter, format) {
  filter.set('format', format);
  filter.set('tz', zoneName(zone));
  filter.set('download', '1');
  click(`${devicePath(devices[0])}/logs?${filter}`, '');
}

async function merged(devices, filter) {
  filter.set('format', 'ndjson');
  const entries = [];
  let bytes = 0;
  for (const device of devices) {
    const text = await (await ask(`${devicePath(device)}/logs?${filter}`, {signal: null})).text();
    bytes += text.length;
    if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES / 1024 / 1024} MiB: choose fewer devices, or a narrower filter`);
    for (const line of text.split('\n')) if (line) entries.push({...JSON.parse(line), device});
  }
  return entries.sort((a, b) => a.receivedAt - b.receivedAt);
}

function written(entries, format, {zone, devices}) {
  const several = devices.length !== 1;
  const lines = format === 'ndjson' ? entries.map(entry => JSON.stringify(entry)) : entries.map(entry => textOf(entry, zone, several));
  return lines.map(line => line + '\n');
}

/** The same text format as the broker's, with the device when there are several. */
export function textOf(entry, zone, several) {
  const words = [
    iso(entry.timestamp, zone),
    several && entry.device,
    entry.service,
    entry.system && 'system',
    entry.stream,
    entry.level,
    entry.message,
  ];
  return words.filter(Boolean).join(' ');
}

function nameOf({devices}, format) {
  const who = devices.length === 1 ? devices[0] : `${plural(devices.length, 'device').replace(' ', '-')}`;
  const when = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `${who}-${when}${format === 'ndjson' ? '.ndjson' : '.log'}`;
}

function save(parts, name) {
  const url = URL.createObjectURL(new Blob(parts, {type: 'application/octet-stream'}));
  click(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function click(href, name) {
  const link = make('a', {href, download: name, class: 'unseen'});
  document.body.append(link);
  link.click();
  link.remove();
}
