// The state of the page in the fragment of its URL, so that a link shows the same view and no server or proxy logs it.

const LISTS = ['device', 'service', 'level'];
const SINGLES = ['fleet', 'stream', 'system', 'q', 'regex', 'at'];
export const FILTERS = ['service', 'level', 'stream', 'system', 'q', 'regex'];

/** @returns {{device: string[], fleet: string, service: string[], level: string[], stream: string, …}} */
export function read(hash = location.hash) {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const state = {};
  for (const name of LISTS) state[name] = [...new Set(params.getAll(name).filter(Boolean))];
  for (const name of SINGLES) state[name] = params.get(name) ?? '';
  return state;
}

export function hashOf(state) {
  const params = new URLSearchParams();
  for (const name of LISTS) state[name]?.forEach(value => params.append(name, value));
  for (const name of SINGLES) if (state[name]) params.set(name, state[name]);
  return '#' + params.toString().replaceAll('%3A', ':');
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
  for (const name of FILTERS) {
    for (const value of [state[name]].flat()) if (value) params.append(name, value);
  }
  return params;
}

export const isFiltered = state => FILTERS.some(name => state[name].length > 0);
