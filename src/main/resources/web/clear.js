// Clears the stored lines of devices, after confirmation.

import {ask, devicePath} from './api.js';
import {open} from './dialogs.js';
import {make} from './dom.js';

const MOST_NAMED = 10;

/** @param {string[]} devices that the reader may clear */
export function askToClear(dialog, devices) {
  dialog.querySelector('h2').textContent = devices.length === 1 ? `Clear ${devices[0]}?` : `Clear ${devices.length} devices?`;
  const named = devices.slice(0, MOST_NAMED).map(device => make('li', {}, device));
  if (devices.length > MOST_NAMED) named.push(make('li', {}, `and ${devices.length - MOST_NAMED} more`));
  dialog.querySelector('ul').replaceChildren(...named);
  open(dialog, async () => {
    const refused = [];
    for (const device of devices) {
      try {
        await ask(`${devicePath(device)}/logs`, {method: 'DELETE'});
      } catch (cause) {
        refused.push(cause.status === 404 ? `${device}: no permission to clear it` : `${device}: ${cause.message}`);
      }
    }
    if (refused.length > 0) throw new Error(refused.join('; '));
  });
}
