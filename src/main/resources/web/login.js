// The reader's identity: login with a token, permissions, logout.

import {ask, json, post} from './api.js';
import {open} from './dialogs.js';

/** The caller as the broker reports it; `mayClear` is a guess where another system decides, and the broker decides in the end. */
export class Login {
  who = null;
  #dialog;

  constructor(dialog) {
    this.#dialog = dialog;
    dialog.addEventListener('cancel', event => event.preventDefault()); // without a login the page has nothing to show
  }

  /** Requests the caller's identity, and asks for a token when there is no login. */
  async know() {
    try {
      this.who = await json('api/v1/session');
    } catch (refused) {
      if (refused.status !== 401) throw refused;
      await this.ask();
    }
  }

  /** Asks for a token until one is accepted. */
  ask() {
    if (this.#dialog.open) return new Promise(() => {}); // the first caller continues after the login
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
