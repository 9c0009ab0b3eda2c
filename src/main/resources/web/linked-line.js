// The target of a link to one line.

import {devicePath, json} from './api.js';

/**
 * @param {string} at a position, or `device:position`
 * @param {string} only the device of a position alone
 */
export function targetOf(at, only) {
  const colon = at.lastIndexOf(':');
  return {device: colon < 0 ? only : at.slice(0, colon), position: at.slice(colon + 1)};
}

/** @returns {Promise<boolean>} false when the broker no longer stores the line; true also when it does not say */
export async function isStored(device, position) {
  const dash = position.lastIndexOf('-');
  const before = `${position.slice(0, dash)}-${Number(position.slice(dash + 1)) - 1}`;
  try {
    const [entry] = await json(`${devicePath(device)}/logs?limit=1&after=${encodeURIComponent(before)}`);
    return entry?.id === position;
  } catch (refused) {
    return refused.status !== 400;
  }
}
