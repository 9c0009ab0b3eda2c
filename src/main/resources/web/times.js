// Formats times, in the reader's zone or in UTC, always with milliseconds.

const two = number => String(number).padStart(2, '0');
const three = number => String(number).padStart(3, '0');

/** `14:05:06.123` */
export function timeOfDay(millis, zone) {
  const date = new Date(millis);
  if (Number.isNaN(date.getTime())) return '?';
  return zone === 'utc'
    ? `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}.${three(date.getUTCMilliseconds())}`
    : `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${three(date.getMilliseconds())}`;
}

/** `2026-11-23` */
export function day(millis, zone) {
  const date = new Date(millis);
  if (Number.isNaN(date.getTime())) return '?';
  return zone === 'utc'
    ? `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
    : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `2026-11-23 14:05:06.123 +01:00` */
export function whole(millis, zone) {
  return `${day(millis, zone)} ${timeOfDay(millis, zone)} ${offset(millis, zone)}`;
}

function offset(millis, zone) {
  if (zone === 'utc') return 'UTC';
  const minutes = -new Date(millis).getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `now`, `12 s ago`, `3 h ago` */
export function ago(millis, now) {
  const seconds = Math.max(0, Math.round((now - millis) / 1000));
  if (seconds < 5) return 'now';
  if (seconds < 100) return `${seconds} s ago`;
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} days ago`;
}

/** The name of the reader's own zone, for files whose times the broker formats. */
export function zoneName(zone) {
  return zone === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** `2026-11-23T14:05:06.123+01:00` */
export function iso(millis, zone) {
  return `${day(millis, zone)}T${timeOfDay(millis, zone)}${zone === 'utc' ? 'Z' : offset(millis, zone)}`;
}
