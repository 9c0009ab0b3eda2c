// A small line chart of rates over time.

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 60;
const HEIGHT = 16;

/** @param {number[]} values oldest first */
export function spark(values, most) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('class', 'spark');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'polyline');
  line.setAttribute('points', points(values, most));
  svg.append(line);
  return svg;
}

/** The newest value is at the right edge, also while there are few values. */
export function points(values, most) {
  const highest = Math.max(1, ...values);
  const step = WIDTH / (most - 1);
  const left = WIDTH - (values.length - 1) * step;
  return values
    .map((value, i) => `${(left + i * step).toFixed(1)},${(HEIGHT - 1 - (value / highest) * (HEIGHT - 2)).toFixed(1)}`)
    .join(' ');
}

/** `0.4 lines/s`, `12 lines/s`, `3.2 k/s`, short. */
export function rate(linesPerSecond) {
  if (linesPerSecond >= 1000) return `${(linesPerSecond / 1000).toFixed(1)} k/s`;
  return `${linesPerSecond >= 10 || linesPerSecond === 0 ? Math.round(linesPerSecond) : linesPerSecond.toFixed(1)}/s`;
}
