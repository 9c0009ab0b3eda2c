// A message to the reader about something that just happened.

import {setText} from './dom.js';

const SHOWN_MILLIS = 6_000;

let timer = 0;

/** Shows a message for a few seconds, in place of the one before. */
export function notify(text) {
  setText('said', text);
  clearTimeout(timer);
  timer = setTimeout(() => setText('said', ''), SHOWN_MILLIS);
}
