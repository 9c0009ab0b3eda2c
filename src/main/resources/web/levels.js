// The levels of entries, as the broker names them, from the most to the least severe.

export const LEVELS = ['emergency', 'alert', 'critical', 'error', 'warn', 'notice', 'info', 'debug', 'trace'];

const SHORT = {emergency: 'emerg', critical: 'crit', notice: 'note'};

/** A level in at most five characters. */
export const shortLevel = name => SHORT[name] ?? name.slice(0, 5);

/** The words of entries that earlier brokers stored. */
const EARLIER = new Map(Object.entries({
  warning: 'warn', err: 'error', severe: 'error', crit: 'critical', fatal: 'critical', panic: 'critical', emerg: 'emergency',
  information: 'info', verbose: 'trace',
}));

/** The level that decides the colour of an entry, or null. */
export const levelOf = name => LEVELS.includes(name) ? name : EARLIER.get(name) ?? null;

/** What a level is, and how the broker knows it. */
export function levelTitle({level, levelText, levelGuessed}) {
  if (levelGuessed) return `${level}, guessed from the text`;
  return levelText === undefined ? level : `${level}, sent as ${levelText}`;
}
