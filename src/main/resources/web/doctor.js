// Makes the requests that the dashboard and its streams need, as `tailrace doctor` does, and reports what a proxy changes in them.

const LATE = 600; // milliseconds; a pause of either machine hardly delays each of three streams by as much
const STREAMS = 3;
const LIMIT = 20_000;
const CLOCK = 2000;
const CLOCK_OF_TOKENS = 30_000;

const list = document.getElementById('checks');
const summary = document.getElementById('summary');
const again = document.getElementById('again');
document.getElementById('command').textContent = 'tailrace doctor ' + new URL('.', location.href).href.replace(/\/$/, '');

const advice = fetch('web/doctor.json').then(answer => answer.json());

const ok = seen => ({result: 'ok', seen});
const warning = seen => ({result: 'warning', seen});
const problem = seen => ({result: 'problem', seen});
const either = (good, seen, otherwise) => good ? ok(seen) : problem(otherwise);
const seconds = millis => (millis / 1000).toFixed(1) + ' s';

// ---- calls

/** What the broker received of a request; a request with headers gets a unique URL, so that no cache answers it. */
async function look(headers) {
  const address = new URL('api/v1/doctor', location.href);
  if (headers) address.searchParams.set('n', Math.random());
  const asked = Date.now();
  const answer = await fetch(address, {headers, signal: AbortSignal.timeout(LIMIT)});
  const answered = Date.now();
  const text = await answer.text();
  if (!answer.ok) throw new Error(`the response has HTTP status ${answer.status}`);
  const seen = JSON.parse(text);
  return {seen, address: address.href, asked, answered, age: answer.headers.get('Age')};
}

/** Reads a stream of numbered events: its headers, and the delay of each event relative to the fastest, so that clocks need not agree. */
async function stream(query, limit) {
  const answer = await fetch('api/v1/doctor/stream' + query, {headers: {Accept: 'text/event-stream'}, signal: AbortSignal.timeout(limit)});
  const read = {status: answer.status, headers: answer.headers, delays: [], of: NaN};
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const lines = (rest + piece.value).split('\n');
      rest = lines.pop();
      for (const line of lines.filter(one => one.startsWith('data: '))) {
        const event = JSON.parse(line.slice('data: '.length));
        read.of = event.of;
        read.delays.push(performance.now() - event.now);
      }
    }
  } catch {
    read.cut = true;
  }
  read.whole = !read.cut && read.delays.length === read.of;
  read.late = read.delays.length ? Math.max(...read.delays) - Math.min(...read.delays) : 0;
  return read;
}

function greeting() {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(new URL('api/v1/doctor/websocket', location.href).href.replace(/^http/, 'ws'));
    const timer = setTimeout(() => socket.close(), LIMIT);
    socket.onmessage = resolve;
    socket.onclose = event => {
      clearTimeout(timer);
      reject(new Error(`no WebSocket could be opened (${event.code})`));
    };
  });
}

// ---- checks: each returns its finding, or null when it does not apply

let first;
let events; // null when the stream could not be read

const checks = {
  async reach() {
    first = await look();
    return ok(`Tailrace responds; the broker itself is reached over ${first.seen.version}, from ${first.seen.address}`);
  },
  async stream() {
    events = null;
    const read = await stream('', LIMIT);
    const type = read.headers.get('Content-Type') ?? '';
    if (read.status !== 200 || !type.startsWith('text/event-stream')) {
      return problem(`the response has status ${read.status} and Content-Type: ${type}`);
    }
    events = read;
    if (!events.whole) return problem(`the stream ended after ${events.delays.length} events`);
    let late = events.late;
    for (let more = 1; more < STREAMS && late >= LATE; more++) {
      const other = await stream('', LIMIT);
      if (other.whole) late = Math.min(late, other.late);
    }
    return either(late < LATE,
      `${events.of} events; their delays differ by at most ${Math.round(late)} ms`,
      `events come up to ${seconds(late)} late and several at once: something buffers them`);
  },
  async encoding() {
    if (!events) return null;
    const encoding = events.headers.get('Content-Encoding');
    return either(!encoding || encoding === 'identity', 'the stream is not compressed', `the stream arrives with Content-Encoding: ${encoding}`);
  },
  async cache() {
    const last = await look();
    if (last.seen.answer === first.seen.answer) return problem('the same response came twice');
    if (last.age) return problem(`a response has Age: ${last.age}`);
    if (!events) return ok('each response is different');
    const control = events.headers.get('Cache-Control') ?? 'nothing';
    return either(control.includes('no-cache') && control.includes('no-transform'),
      'Cache-Control arrives unchanged',
      `Cache-Control: no-cache, no-transform of a stream arrives as ${control}`);
  },
  async resume() {
    const {seen} = await look({'Last-Event-ID': '7'});
    return either(seen.lastEventId, 'Last-Event-ID reaches the broker', 'Last-Event-ID does not reach the broker');
  },
  async authorization() {
    const {seen} = await look({Authorization: 'Bearer doctor'});
    return either(seen.authorization, 'Authorization reaches the broker', 'Authorization does not reach the broker');
  },
  async cookies() {
    const {seen} = await look({});
    return either(seen.cookie, 'the cookie of the broker is returned', 'the cookie of the broker is not returned');
  },
  async clock() {
    const now = await look({}); // the first request included the time to connect
    const roundTrip = now.answered - now.asked;
    const ahead = now.asked + roundTrip / 2 - now.seen.now;
    const atLeast = Math.abs(ahead) - roundTrip / 2;
    const seen = `the clock of this machine is ${seconds(Math.abs(ahead))} ${ahead < 0 ? 'behind' : 'ahead of'} the clock of the broker`;
    return atLeast >= CLOCK_OF_TOKENS ? problem(seen) : atLeast >= CLOCK ? warning(seen) : ok(seen);
  },
  async host() {
    const usual = location.protocol === 'https:' ? /:443$/ : /:80$/;
    const there = (first.seen.host ?? '').toLowerCase().replace(usual, '');
    return either(there === location.host,
      `the Host header is ${there}`, `the Host header is ${there} instead of ${location.host}`);
  },
  async tls() {
    const here = location.protocol === 'https:';
    return either(first.seen.overTls === here,
      here ? 'TLS, as the broker assumes' : 'no TLS, as the broker assumes',
      here ? 'TLS here, but the broker assumes no TLS, and sets cookies that are not Secure'
        : 'no TLS here, but the broker assumes TLS, and sets cookies that browsers reject');
  },
  async websocket() {
    await greeting();
    return ok('a WebSocket was opened and received a message');
  },
  async connections() {
    const protocol = performance.getEntriesByName(first.address).at(-1)?.nextHopProtocol ?? '';
    if (protocol === 'h2' || protocol === 'h3') return ok(`${protocol}: streams share a connection`);
    return warning(`${protocol || 'an unknown protocol'}: a browser opens at most six connections per host, over all its tabs`);
  },
  async idle(tell) {
    const silence = first.seen.silence;
    tell(`waiting for ${seconds(silence)} of silence…`);
    const read = await stream('?silent=true', silence + LIMIT);
    return either(read.whole,
      `${seconds(silence)} of silence did not end the stream`,
      `the stream was cut within ${seconds(silence)} of silence`);
  },
};

// ---- the page

function paragraph(name, text) {
  const element = document.createElement('p');
  element.className = name;
  element.textContent = text;
  return element;
}

function show(item, texts, {result, seen}) {
  item.dataset.result = result;
  item.replaceChildren(paragraph('result', result), paragraph('title', texts.title), paragraph('seen', seen));
  if (result === 'warning' || result === 'problem') item.append(paragraph('change', texts.change + '.'));
}

async function examine() {
  again.disabled = true;
  summary.textContent = 'Checking the path between this browser and the broker…';
  list.replaceChildren();
  const texts = await advice;
  const found = [];
  for (const [name, check] of Object.entries(checks)) {
    const item = document.createElement('li');
    item.id = 'check-' + name;
    list.append(item);
    show(item, texts[name], {result: 'looking', seen: ''});
    const finding = await check(seen => show(item, texts[name], {result: 'looking', seen}))
      .catch(failure => problem(failure.message));
    if (!finding) {
      item.remove();
      continue;
    }
    show(item, texts[name], finding);
    if (finding.result !== 'ok') found.push(finding.result);
    if (name === 'reach' && finding.result !== 'ok') break;
  }
  summary.textContent = found.length === 0 ? 'No problem found.' : summaryOf(found);
  again.disabled = false;
}

function summaryOf(found) {
  const problems = found.filter(one => one === 'problem').length;
  const counts = [[problems, 'problem'], [found.length - problems, 'warning']];
  const named = counts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}${count === 1 ? '' : 's'}`);
  return `Found ${named.join(' and ')}.`;
}

again.addEventListener('click', examine);
examine().catch(failure => summary.textContent = `The page could not be loaded completely: ${failure.message}`);
