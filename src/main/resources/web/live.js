// Lists the devices and follows one of them. The browser's own EventSource does all the work: it reconnects, and resumes
// behind the last id it saw.
const MAX_LINES = 5000;
const devices = document.getElementById('devices');
const lines = document.getElementById('lines');
const state = document.getElementById('state');
let source;
let watched;

async function list() {
  try {
    const answer = await fetch('api/v1/devices');
    const known = (await answer.json()).devices;
    devices.replaceChildren(...known.map(device => {
      const button = document.createElement('button');
      button.textContent = device.device;
      button.className = device.online ? 'online' : 'offline';
      if (device.device === watched) button.setAttribute('aria-current', 'true');
      button.onclick = () => watch(device.device);
      return button;
    }));
    if (known.length === 0) devices.textContent = 'No device has written yet.';
  } catch {
    state.textContent = 'the broker does not answer';
  }
}

function watch(device) {
  source?.close();
  watched = device;
  location.hash = device;
  lines.replaceChildren();
  source = new EventSource(`api/v1/devices/${device}/logs/stream?tail=1000`);
  source.onopen = () => state.textContent = `${device}: live`;
  source.onerror = () => state.textContent = `${device}: reconnecting`;
  source.onmessage = event => show(JSON.parse(event.data));
  source.addEventListener('gap', event => {
    const gap = JSON.parse(event.data);
    note(`${gap.count ?? 'an unknown number of'} lines are gone (${gap.reason})`);
  });
  source.addEventListener('clear', () => lines.replaceChildren());
  source.addEventListener('status', event => note(`storage is ${JSON.parse(event.data).storage}`));
  source.addEventListener('bye', () => note('the broker is restarting'));
  list();
}

function show(entry) {
  const row = document.createElement('div');
  row.className = [entry.stream === 'stderr' && 'stderr', entry.system && 'system'].filter(Boolean).join(' ');
  const time = document.createElement('time');
  time.textContent = new Date(entry.timestamp).toISOString().slice(11, 23);
  row.append(time);
  if (entry.service) {
    const service = document.createElement('span');
    service.className = 'service';
    service.textContent = entry.service;
    row.append(service);
  }
  row.append(entry.message.replace(/\x1b\[[0-9;]*m/g, ''));
  add(row);
}

function note(text) {
  const row = document.createElement('div');
  row.className = 'note';
  row.textContent = `— ${text} —`;
  add(row);
}

function add(row) {
  const following = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 40;
  lines.append(row);
  while (lines.childElementCount > MAX_LINES) lines.firstChild.remove();
  if (following) lines.scrollTop = lines.scrollHeight;
}

if (location.hash.length > 1) watch(location.hash.slice(1));
else list();
setInterval(list, 3000);
