// The level of an entry: the one that its sender set, otherwise a guess from the text.

const NAMES = {
  fatal: 'fatal', emerg: 'fatal', emergency: 'fatal', alert: 'fatal', crit: 'fatal', critical: 'fatal', panic: 'fatal',
  error: 'error', err: 'error', severe: 'error',
  warn: 'warn', warning: 'warn',
  info: 'info', notice: 'info', information: 'info',
  debug: 'debug', trace: 'trace', verbose: 'trace',
};

const BEGINNING = 160; // characters that are searched for a level
const NAMED = /\b(?:level|lvl|severity)["']?\s*[=:]\s*["']?([a-z]+)/i;
const MARKED = /(?:^|[\s[(<|"'])(FATAL|CRITICAL|CRIT|PANIC|ERROR|ERR|SEVERE|WARNING|WARN|INFO|NOTICE|DEBUG|TRACE)(?=$|[\s\]):|>,"'])/;
const BRACKETED = /[[(<](fatal|critical|error|err|warning|warn|info|notice|debug|trace)[\])>]/i;
const BEGINS = /^(?:panic: |Traceback \(most recent call last\)|Exception in thread |Unhandled |Uncaught |(?:[\w$.]+\.)?[A-Z]\w*(?:Error|Exception)\b)/;
const COLON = /^\W*(fatal|error|warning|warn|info|debug|trace)\s*:/i;

/** @returns {{name: string, guessed: boolean}|null} */
export function levelOf(entry, text) {
  if (entry.level) return {name: NAMES[entry.level.toLowerCase()] ?? entry.level, guessed: false};
  const beginning = text.slice(0, BEGINNING);
  const found = NAMED.exec(beginning) ?? MARKED.exec(beginning) ?? BRACKETED.exec(beginning) ?? COLON.exec(beginning);
  const name = found && NAMES[found[1].toLowerCase()];
  if (name) return {name, guessed: true};
  return BEGINS.test(beginning) ? {name: 'error', guessed: true} : null;
}

/** Whether a level has a colour. */
export const isKnown = name => Object.values(NAMES).includes(name);
