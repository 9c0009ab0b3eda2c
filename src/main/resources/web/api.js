// Calls the broker's API. Refusals carry the broker's own text.

const PATIENCE_MILLIS = 10_000;

/** A response other than success, or no response at all (status 0). */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

let serverAhead = 0;

/** The time of the broker's clock, estimated from the Date header of its responses, which has seconds only. */
export const brokerNow = () => Date.now() + serverAhead;

/** @returns {Promise<Response>} a successful response; rejects with Refused */
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
  const parsed = Date.parse(date ?? '');
  if (!Number.isNaN(parsed)) serverAhead = Math.abs(parsed - Date.now()) < 1500 ? 0 : parsed - Date.now();
}

export const devicePath = device => `api/v1/devices/${encodeURIComponent(device)}`;

/** Why a stream was refused, which an EventSource does not report; null when it is no longer refused. */
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
