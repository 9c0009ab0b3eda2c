// Who the reader is: logs in by a token, knows what that allows, logs out.

import {ask, json, post} from './api.js';
import {open} from './dialogs.js';

/** The caller as the broker knows it; `mayClear` is a guess where somebody else decides, and the broker's word counts. */
export class Login {
  who = null;
  #dialog;

  constructor(dialog) {
    this.#dialog = dialog;
    dialog.addEventListener('cancel', event => event.preventDefault()); // without a login there is nothing to see
  }

  /** Finds out who it is, and asks for a token when nobody is known. */
  async know() {
    try {
      this.who = await json('api/v1/session');
    } catch (refused) {
      if (refused.status !== 401) throw refused;
      await this.ask();
    }
  }

  /** Asks for a token until one is good. */
  ask() {
    if (this.#dialog.open) return new Promise(() => {}); // whoever asked first goes on
    return new Promise(done => {
      open(this.#dialog, async form => {
        this.who = await (await post('api/v1/session', {token: form.elements.token.value.trim()})).json();
      }, () => {
        this.#dialog.querySelector('form').reset();
        done();
      });
    });
  }

  async leave() {
    await ask('api/v1/session', {method: 'DELETE'});
    this.who = null;
  }

  get isNamed() {
    return this.who !== null && this.who.subject !== 'everybody';
  }

  mayClear(device, fleet) {
    const grants = this.who?.grants ?? [];
    if (grants.length === 0) return true;
    const over = ['*', `device/${device}`, fleet && `fleet/${fleet}`];
    return ['logs:clear', 'admin'].some(permission => over.some(name => name && grants.includes(`${permission}@${name}`)));
  }
}
