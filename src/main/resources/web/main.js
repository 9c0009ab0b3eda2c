// The dashboard: creates its parts and connects them.

import * as address from './address.js';
import {askToClear} from './clear.js';
import {Delay} from './delay.js';
import {DeviceList} from './device-list.js';
import {byId, copy, plural} from './dom.js';
import {askToDownload} from './download.js';
import {plainText} from './entry-text.js';
import {Filters} from './filters.js';
import {Find} from './find.js';
import {Frames} from './frames.js';
import {isStored, targetOf} from './linked-line.js';
import {Live} from './live.js';
import {LogView} from './log-view.js';
import {Login} from './login.js';
import {notify} from './notice.js';
import {Pause} from './pause.js';
import {Preferences} from './preferences.js';
import {SearchField} from './search-field.js';
import {openSettings} from './settings.js';
import {listenForShortcuts} from './shortcuts.js';
import {State} from './state.js';
import {StorageStatus} from './storage-status.js';
import {showStatus} from './view-status.js';

const FRAME_SHARE_MILLIS = 5; // of a frame, for processing received events

const preferences = new Preferences();
const find = new Find();
const state = new State(byId('state'), byId('state-text'), byId('state-spoken'));
const login = new Login(byId('login'));
const view = new LogView(byId('log'), byId('lines'), preferences, find);
const search = new SearchField(find, view);
const pause = new Pause(() => preferences.get('kept'));
const delay = new Delay(behind => state.set({behind}));
const storage = new StorageStatus();
const frames = new Frames(frame);
const filters = new Filters(byId('filters'), fields => go({...shown, ...fields, at: ''}));
const live = new Live({arrived: () => frames.schedule(), full: takeAll, state: connectionIs});
const devices = new DeviceList(
  {
    scroller: byId('device-scroller'), body: byId('device-rows'), filter: byId('device-filter'), onlineOnly: byId('online-only'),
    fleet: byId('fleet'), watchFleet: byId('watch-fleet'), count: byId('device-count'),
  },
  {
    choose: name => go({...shown, device: [name], fleet: '', at: ''}, true),
    toggle: (name, on) => go({...shown, device: [...watched().filter(one => one !== name), ...(on ? [name] : [])], fleet: '', at: ''}, true),
    watchFleet: name => go({...shown, device: [], fleet: name, at: ''}, true),
    answered: () => {
      state.set({silent: ''});
      if (shown.fleet) devices.mark(watched()); // devices may have joined it
      showButtons();
    },
    failed: refused => (refused.status === 401 ? signIn() : state.set({silent: refused.message})),
  },
);

let shown = address.read();
let known = false; // whether the reader's identity is known; no stream is opened before
let linkBase = ''; // common part of all links to lines

// ---- devices and filters

/** Shows another state of the page; a step is a history entry that Back undoes. */
function go(next, isStep = false) {
  const sameStream = sameLines(shown, next);
  shown = next;
  address.write(shown, isStep);
  showState();
  if (!known) return;
  if (!sameStream) open();
  else if (shown.at) lookFor(shown.at);
}

function sameLines(one, other) {
  return address.hashOf({...one, at: ''}) === address.hashOf({...other, at: ''});
}

function showState() {
  linkBase = address.hashOf({...shown, at: ''});
  const {device, fleet} = shown;
  devices.mark(fleet ? devices.inFleet(fleet) : device);
  filters.show(shown);
  const what = fleet ? `fleet ${fleet}` : device.length > 3 ? `${device.slice(0, 3).join(', ')} and ${device.length - 3} more` : device.join(', ');
  byId('what').textContent = what || 'No device selected';
  document.title = what ? `${what} · Tailrace` : 'Tailrace';
  byId('empty').hidden = Boolean(what);
  byId('filters').classList.toggle('on', address.isFiltered(shown));
  showButtons();
}

const watched = () => (shown.fleet ? devices.inFleet(shown.fleet) : shown.device);
const clearable = () => watched().filter(name => login.mayClear(name, devices.get(name)?.fleet));

function showButtons() {
  const any = known && watched().length > 0;
  for (const id of ['pause', 'copy', 'download']) byId(id).disabled = !any;
  byId('clear').disabled = !any || clearable().length === 0;
  byId('clear').title = any && clearable().length === 0 ? 'Clearing needs the permission logs:clear' : 'Remove the stored lines';
}

function open() {
  resume(false);
  view.clear();
  storage.clear();
  state.set({behind: 0, storageAway: false, why: ''});
  const {device, fleet} = shown;
  view.several = Boolean(fleet) || device.length > 1;
  view.relayout();
  if (!fleet && device.length === 0) {
    live.close();
    state.set({connection: 'idle'});
    return;
  }
  const query = address.filterParams(shown);
  if (fleet) query.set('fleet', fleet);
  device.forEach(name => query.append('device', name));
  const share = Math.floor(preferences.get('kept') / Math.max(1, watched().length));
  query.set('tail', fleet && watched().length === 0 ? 1 : Math.max(1, share)); // a fleet may have many devices that are not known yet
  live.open(query);
  if (shown.at) lookFor(shown.at);
}

view.linkTo = entry => `${linkBase}&at=${view.several ? `${entry.device}:` : ''}${entry.id}`;

/** Goes to one line as soon as it has arrived, and reports when it is no longer stored. */
async function lookFor(at) {
  const {device, position} = targetOf(at, shown.device[0]);
  view.want(device, position);
  frames.schedule();
  if (!(await isStored(device, position))) notify(`The line ${position} of ${device} is no longer stored.`);
}

// ---- events

function connectionIs(connection, {until = 0, why = '', status = 0} = {}) {
  if (connection === 'open' && state.get('connection') === 'connecting') delay.reset();
  state.set({connection, until, why});
  byId('retry').hidden = connection !== 'waiting';
  if (connection === 'waiting' || connection === 'refused') frames.schedule();
  if (status === 401) signIn();
}

function frame() {
  take(performance.now() + FRAME_SHARE_MILLIS);
  view.render();
  if (live.waiting > 0) frames.schedule();
}

/** More events arrived than frames could process, as in a hidden tab. */
function takeAll() {
  take(Infinity);
  frames.schedule();
}

function take(until) {
  const events = live.take(until).map(oneStatus).filter(Boolean);
  if (events.length === 0) return;
  const entries = events.filter(one => one.event === undefined);
  if (entries.length > 0) {
    filters.learn(entries);
    delay.note(entries.at(-1));
  }
  if (pause.isOn) state.set({held: pause.hold(events)});
  else view.add(events);
}

/** Replaces a status event of one device by one of all devices, or by null. */
function oneStatus(event) {
  if (event.event !== 'status') return event;
  const replaced = storage.take(event);
  state.set({storageAway: storage.isAway});
  return replaced;
}

// ---- pausing

function beginPause() {
  pause.begin();
  state.set({held: 0});
  showPause();
}

function resume(andShow = true) {
  const {events, dropped} = pause.end();
  state.set({held: null});
  showPause();
  if (!andShow) return;
  if (dropped > 0) {
    const text = `${plural(dropped, 'line')} arrived during the pause and did not fit into this view`;
    view.add([{event: 'paused', text}]);
    notify(`${text}.`);
  }
  view.add(events);
  frames.schedule();
}

function showPause() {
  byId('pause').setAttribute('aria-pressed', String(pause.isOn));
  byId('pause').textContent = pause.isOn ? 'Resume' : 'Pause';
}

view.onChange = () => {
  showStatus(view, preferences.get('kept'));
  search.linesChanged();
};

// ---- buttons

byId('skip').addEventListener('click', () => byId('log').focus());
byId('pause').addEventListener('click', () => (pause.isOn ? resume() : beginPause()));
byId('follow').addEventListener('click', () => view.follow());
byId('retry').addEventListener('click', () => live.retryNow());
byId('copy').addEventListener('click', copyLines);
byId('clear').addEventListener('click', () => askToClear(byId('clear-dialog'), clearable()));
byId('settings').addEventListener('click', () => openSettings(byId('settings-dialog'), preferences));
byId('wrap').addEventListener('click', () => preferences.set('wrap', !preferences.get('wrap')));
byId('zone').addEventListener('click', () => preferences.set('zone', preferences.get('zone') === 'utc' ? 'local' : 'utc'));
byId('download').addEventListener('click', () =>
  askToDownload(byId('download-dialog'), {devices: watched(), state: shown, zone: preferences.get('zone'), entries: () => view.entries()}));
byId('log-out').addEventListener('click', async () => {
  await login.leave();
  location.reload();
});

async function copyLines() {
  const items = view.chosen();
  try {
    await copy(items.map(plainText).join('\n') + '\n');
    notify(`${plural(items.reduce((sum, item) => sum + 1 + (item.more?.length ?? 0), 0), 'line')} copied.`);
  } catch (refused) {
    notify(`Not copied: ${refused.message}`);
  }
}

listenForShortcuts({
  copy: () => {
    if (view.selection.cursor) copyLines();
    return Boolean(view.selection.cursor);
  },
  find: () => search.focus(),
  pause: () => byId('pause').disabled || byId('pause').click(),
});

// ---- preferences

preferences.onChange(name => {
  if (name === 'kept') view.keep(preferences.get('kept'));
  showPreferences();
  view.relayout();
});

function showPreferences() {
  byId('wrap').setAttribute('aria-pressed', String(preferences.get('wrap')));
  const utc = preferences.get('zone') === 'utc';
  byId('zone').setAttribute('aria-pressed', String(utc));
  byId('zone').title = utc ? 'Times are in UTC' : 'Times are in the local zone';
}

// ---- start

async function signIn() {
  known = false;
  try {
    await login.know();
  } catch (refused) {
    state.set({silent: refused.message});
  }
  byId('who').textContent = login.isNamed ? login.who.subject : '';
  byId('log-out').hidden = !login.isNamed;
  await devices.restart();
  known = true;
  showState();
  open();
}

addEventListener('hashchange', () => go(address.read()));
addEventListener('popstate', () => go(address.read()));
state.set({});
showPreferences();
showState();
signIn();
