// The dashboard: creates its parts and connects them.

import * as address from './address.js';
import {brokerNow, json} from './api.js';
import {askToClear} from './clear.js';
import {DeviceList} from './device-list.js';
import {byId, debounce, copy, plural} from './dom.js';
import {askToDownload} from './download.js';
import {plainText} from './entry-text.js';
import {Filters} from './filters.js';
import {Find} from './find.js';
import {Live} from './live.js';
import {LogView} from './log-view.js';
import {Login} from './login.js';
import {Preferences} from './preferences.js';
import {openSettings} from './settings.js';
import {State} from './state.js';
import {MOST_CHARACTERS, sizeOf} from './store.js';

const FRAME_SHARE_MILLIS = 5; // of a frame, for processing received events
const HIDDEN_MILLIS = 500;
const BEHIND_MILLIS = 5_000;
const BEHIND_AFTER_MILLIS = 1_500; // catching up with history is not a delay

const preferences = new Preferences();
const find = new Find();
const state = new State(byId('state'), byId('state-text'), byId('state-spoken'));
const login = new Login(byId('login'));
const view = new LogView(byId('log'), byId('lines'), preferences, find);
const filters = new Filters(byId('filters'), fields => go({...shown, ...fields, at: ''}));
const live = new Live({arrived: schedule, full: takeAll, state: connectionIs});
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
let held = null; // events that arrived during a pause; null when not paused
let heldBack = 0; // number of entries that were dropped from `held`
let heldSize = 0; // of `held`, in characters
let scheduled = false;
let behindSince = 0;
const away = new Set(); // devices whose storage is unavailable

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
  away.clear();
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
  const colon = at.lastIndexOf(':');
  const device = colon < 0 ? shown.device[0] : at.slice(0, colon);
  const position = at.slice(colon + 1);
  view.want(device, position);
  schedule();
  const dash = position.lastIndexOf('-');
  const before = `${position.slice(0, dash)}-${Number(position.slice(dash + 1)) - 1}`;
  try {
    const [entry] = await json(`api/v1/devices/${encodeURIComponent(device)}/logs?limit=1&after=${encodeURIComponent(before)}`);
    if (entry?.id !== position) notify(`The line ${position} of ${device} is no longer stored.`);
  } catch (refused) {
    if (refused.status === 400) notify(`The line ${position} of ${device} is no longer stored.`);
  }
}

// ---- events

function connectionIs(connection, {until = 0, why = '', status = 0} = {}) {
  if (connection === 'open' && state.get('connection') === 'connecting') behindSince = 0;
  state.set({connection, until, why});
  byId('retry').hidden = connection !== 'waiting';
  if (connection === 'waiting' || connection === 'refused') schedule();
  if (status === 401) signIn();
}

function schedule() {
  if (scheduled) return;
  scheduled = true;
  if (document.hidden) setTimeout(frame, HIDDEN_MILLIS);
  else requestAnimationFrame(frame);
}

document.addEventListener('visibilitychange', () => {
  scheduled = false;
  schedule();
});

function frame() {
  scheduled = false;
  take(performance.now() + FRAME_SHARE_MILLIS);
  view.render();
  if (live.waiting > 0) schedule();
}

/** More events arrived than frames could process, as in a hidden tab. */
function takeAll() {
  take(Infinity);
  schedule();
}

function take(until) {
  const events = live.take(until).map(dedupeStatus).filter(Boolean);
  if (events.length === 0) return;
  const entries = events.filter(one => one.event === undefined);
  if (entries.length > 0) {
    filters.learn(entries);
    noteDelay(entries.at(-1));
  }
  if (held) hold(events);
  else view.add(events);
}

/** Storage is usually unavailable for all devices at once, and is reported once. */
function dedupeStatus(one) {
  if (one.event !== 'status') return one;
  const before = away.size > 0;
  if (one.storage === 'away') away.add(one.device);
  else away.delete(one.device);
  const now = away.size > 0;
  state.set({storageAway: now});
  return now === before ? null : {event: 'status', text: now ? 'storage is unavailable: new lines cannot be shown' : 'storage is available again'};
}

function noteDelay(newest) {
  const delay = brokerNow() - newest.receivedAt;
  const now = performance.now();
  if (delay < BEHIND_MILLIS) behindSince = 0;
  else if (behindSince === 0) behindSince = now;
  caughtUp();
  state.set({behind: behindSince > 0 && now - behindSince > BEHIND_AFTER_MILLIS ? delay : 0});
}

/** No event has arrived for a while, so the view is not behind. */
const caughtUp = debounce(2000, () => {
  behindSince = 0;
  state.set({behind: 0});
});

// ---- pausing

function hold(events) {
  for (const one of events) {
    held.push(one);
    heldSize += sizeOf(one);
  }
  let over = Math.max(0, held.length - preferences.get('kept'));
  let gone = held.slice(0, over).reduce((sum, one) => sum + sizeOf(one), 0);
  while (heldSize - gone > MOST_CHARACTERS) gone += sizeOf(held[over++]);
  heldSize -= gone;
  heldBack += held.splice(0, over).filter(one => one.event === undefined).length;
  state.set({held: held.length + heldBack});
}

function pause() {
  held = [];
  heldBack = 0;
  heldSize = 0;
  state.set({held: 0});
  byId('pause').setAttribute('aria-pressed', 'true');
  byId('pause').textContent = 'Resume';
}

function resume(andShow = true) {
  const [came, lost] = [held, heldBack];
  held = null;
  heldBack = 0;
  state.set({held: null});
  byId('pause').setAttribute('aria-pressed', 'false');
  byId('pause').textContent = 'Pause';
  if (!andShow || !came) return;
  if (lost > 0) {
    const text = `${plural(lost, 'line')} arrived during the pause and did not fit into this view`;
    view.add([{event: 'paused', text}]);
    notify(`${text}.`);
  }
  view.add(came);
  schedule();
}

// ---- status above and below the lines

view.onChange = () => {
  const {store} = view;
  const limit = store.isHeavy ? 'has no memory left for more' : `keeps ${plural(preferences.get('kept'), 'line')}`;
  setText('left', store.dropped > 0 ? `${plural(store.dropped, 'older line')} dropped from this view, which ${limit}.` : '');
  byId('left').hidden = store.dropped === 0;
  setText('amount', plural(store.lines, 'line'));
  byId('follow').hidden = view.following;
  setText('follow', view.unseen > 0 ? `↓ ${plural(view.unseen, 'new line')}` : '↓ Follow');
  if (find.isOn) countFound();
};

function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

const countFound = (() => {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setTimeout(() => {
      due = false;
      if (find.isOn) setText('found', plural(find.count(view.store.items), 'hit'));
    }, 250);
  };
})();

/** Shows a message for a few seconds. */
function notify(text) {
  setText('said', text);
  clearTimeout(notify.timer);
  notify.timer = setTimeout(() => setText('said', ''), 6000);
}

// ---- buttons

const search = debounce(150, () => {
  const wrong = find.set(byId('find').value, byId('find-pattern').checked);
  byId('find').setAttribute('aria-invalid', String(Boolean(wrong)));
  byId('find').title = wrong;
  setText('found', wrong ? 'invalid pattern' : '');
  view.repaint();
});

function goToFound(step) {
  if (find.isOn && !view.goToFound(step)) notify('Nothing found.');
}

byId('find').addEventListener('input', search);
byId('find-pattern').addEventListener('change', search);
byId('find').addEventListener('keydown', event => {
  if (event.key === 'Enter') goToFound(event.shiftKey ? -1 : 1);
  else if (event.key === 'Escape') {
    byId('find').value = '';
    search();
    byId('log').focus();
  } else return;
  event.preventDefault();
});
byId('skip').addEventListener('click', () => byId('log').focus());
byId('found-next').addEventListener('click', () => goToFound(1));
byId('found-previous').addEventListener('click', () => goToFound(-1));
byId('pause').addEventListener('click', () => (held ? resume() : pause()));
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

document.addEventListener('keydown', event => {
  const typing = event.target.closest('input, select, textarea, dialog');
  if (event.ctrlKey || event.metaKey) {
    if (typing) return;
    if (event.key === 'c' && getSelection().isCollapsed && view.selection.cursor) copyLines();
    else if (event.key === 'f' && event.target.closest('#log')) byId('find').select();
    else return;
    event.preventDefault();
  } else if (!typing && event.key === '/') {
    event.preventDefault();
    byId('find').select();
  } else if (!typing && event.key === 'p' && !byId('pause').disabled) {
    byId('pause').click();
  }
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
