// Asks the broker. What it refuses is told in its own words.

const PATIENCE_MILLIS = 10_000;

/** An answer that is no success, or none at all (status 0). */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

let serverAhead = 0;

/** The broker's clock, as well as its answers tell; they say seconds only. */
export const brokerNow = () => Date.now() + serverAhead;

/** @returns {Promise<Response>} of a success; fails with Refused */
export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, {signal: AbortSignal.timeout(PATIENCE_MILLIS), cache: 'no-store', ...options});
  } catch (cause) {
    throw new Refused(0, cause.name === 'TimeoutError' ? 'the broker does not respond in time' : 'the broker does not respond');
  }
  noteClock(answer.headers.get('Date'));
  if (!answer.ok) throw new Refused(answer.status, await reason(answer));
  return answer;
}

export const json = async (path, options) => (await ask(path, options)).json();

export function post(path, body) {
  return ask(path, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
}

async function reason(answer) {
  try {
    const problem = await answer.json();
    return problem.detail ?? problem.title ?? `status ${answer.status}`;
  } catch {
    return `status ${answer.status}`;
  }
}

function noteClock(date) {
  const told = Date.parse(date ?? '');
  if (!Number.isNaN(told)) serverAhead = Math.abs(told - Date.now()) < 1500 ? 0 : told - Date.now();
}

export const devicePath = device => `api/v1/devices/${encodeURIComponent(device)}`;

/** Why a stream was refused, which an EventSource does not tell; null when it is not refused any more. */
export async function whyRefused(path) {
  const leave = new AbortController();
  try {
    await ask(path, {signal: leave.signal});
    return null;
  } catch (refused) {
    return refused;
  } finally {
    leave.abort();
  }
}
