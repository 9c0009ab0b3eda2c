// The levels of entries, as the broker names them, from the gravest to the least.

export const LEVELS = ['emergency', 'alert', 'critical', 'error', 'warn', 'notice', 'info', 'debug', 'trace'];

const SHORT = {emergency: 'emerg', critical: 'crit', notice: 'note'};

/** A level in at most five characters. */
export const shortLevel = name => SHORT[name] ?? name.slice(0, 5);

/** Whether a level has a colour. */
export const isKnown = name => LEVELS.includes(name);

/** What a level is, and how the broker knows it. */
export function levelTitle({level, levelText, levelGuessed}) {
  if (levelGuessed) return `${level}, guessed from the text`;
  return levelText === undefined ? level : `${level}, sent as ${levelText}`;
}
