// The state of the page in the fragment of its URL, so that a link shows the same view and no server or proxy logs it.

const LISTS = ['device', 'service', 'service!', 'level', 'level!'];
const SINGLES = ['fleet', 'level>', 'stream', 'system', 'q', 'q!', 'regex', 'regex!', 'at'];
const PARAMETERS = ['service', 'service!', 'level', 'level!', 'level>', 'stream', 'system', 'q', 'q!', 'regex', 'regex!'];
const FILTERS = [...PARAMETERS, 'attributes'];

/**
 * @returns {Object} lists such as device and service, texts such as fleet and q, and attributes as texts NAME=VALUE and
 *   !NAME=VALUE
 */
export function read(hash = location.hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const state = {};
  for (const name of LISTS) state[name] = [...new Set(params.getAll(name).filter(Boolean))];
  for (const name of SINGLES) state[name] = params.get(name) ?? '';
  state.attributes = [...params].map(([name, value]) => attributeOf(name, value)).filter(Boolean);
  return state;
}

const ATTRIBUTE = /^attr\.(.+?)(!?)$/;

function attributeOf(name, value) {
  const found = ATTRIBUTE.exec(name);
  return found && `${found[2]}${found[1]}=${value}`;
}

function addAttributes(params, state) {
  for (const text of state.attributes ?? []) {
    const [, not, name, value] = /^(!?)(.+?)=(.*)$/s.exec(text);
    params.append(`attr.${name}${not}`, value);
  }
}

export function hashOf(state) {
  const params = new URLSearchParams();
  for (const name of LISTS) state[name]?.forEach(value => params.append(name, value));
  for (const name of SINGLES) if (state[name]) params.set(name, state[name]);
  addAttributes(params, state);
  return '#' + params.toString().replaceAll('%3A', ':').replaceAll('%21', '!');
}

/** Writes a state into the URL; a new choice of devices is a history step that Back undoes. */
export function write(state, isStep) {
  const hash = hashOf(state);
  if (hash === (location.hash || '#')) return;
  if (isStep) history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
}

/** The part of a state that the broker filters by, as query parameters. */
export function filterParams(state) {
  const params = new URLSearchParams();
  for (const name of PARAMETERS) {
    for (const value of [state[name]].flat()) if (value) params.append(name, value);
  }
  addAttributes(params, state);
  return params;
}

export const isFiltered = state => FILTERS.some(name => state[name].length > 0);
