// Measures how far the lines that arrive are behind the broker.

import {brokerNow} from './api.js';
import {debounce} from './dom.js';

const BEHIND_MILLIS = 5_000;
const BEHIND_AFTER_MILLIS = 1_500; // catching up with history is not a delay
const SILENT_MILLIS = 2_000; // without an event for so long, the view is not behind

/** Reports the delay whenever lines arrive, and that it is over. */
export class Delay {
  #report;
  #since = 0; // when lines began to be late; 0 when they are not
  #caughtUp = debounce(SILENT_MILLIS, () => {
    this.reset();
    this.#report(0);
  });

  /** @param {function(number)} report is called with milliseconds; 0 when the view is not behind */
  constructor(report) {
    this.#report = report;
  }

  reset() {
    this.#since = 0;
  }

  /** @param {Object} newest the newest entry that arrived */
  note(newest) {
    const delay = brokerNow() - newest.receivedAt;
    const now = performance.now();
    if (delay < BEHIND_MILLIS) this.reset();
    else if (this.#since === 0) this.#since = now;
    this.#caughtUp();
    this.#report(this.#since > 0 && now - this.#since > BEHIND_AFTER_MILLIS ? delay : 0);
  }
}
