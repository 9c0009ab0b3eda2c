// Parses ANSI escapes: colours and weights become styles, all other escapes are removed, other control characters are shown.

// CSI, incomplete CSI, OSC (ended by BEL or ST), other escapes, and an incomplete one.
const ESCAPE = /\x1b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|\[[0-9:;<=>?]*$|\][^\x07\x1b]*(?:\x07|\x1b\\|$)|[ -/]*[0-~]|$)/g;
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/g;
const ANY = /[\x00-\x08\x0a-\x1f\x7f]/;
const TAB = 8;

const PLAIN = {bold: false, faint: false, italic: false, underline: false, inverse: false, strike: false, fore: null, back: null};

/** The initial style of a message; later lines of the message continue with the style at the end of the line before. */
export const plainStyle = () => ({...PLAIN});

/** The visible text, without styles. */
export function strip(text) {
  return ANY.test(text) || text.includes('\t') ? visible(text.replace(ESCAPE, '')) : text;
}

function visible(text) {
  const shown = text.replace(CONTROL, c => String.fromCharCode(c === '\x7f' ? 0x2421 : 0x2400 + c.charCodeAt(0)));
  return shown.includes('\t') ? expandTabs(shown) : shown;
}

function expandTabs(text) {
  const [first, ...others] = text.split('\t');
  return others.reduce((out, part) => out + ' '.repeat(TAB - (out.length % TAB)) + part, first);
}

/**
 * @param {string} text one line
 * @param {Object} style the style at its beginning; afterwards the style at its end
 * @returns {{text: string, spans: {from: number, to: number, style: Object}[]}}
 */
export function parse(text, style) {
  if (!text.includes('\x1b')) {
    const shown = strip(text);
    return {text: shown, spans: isPlain(style) ? [] : [{from: 0, to: shown.length, style: {...style}}]};
  }
  let shown = '';
  const spans = [];
  let from = 0;
  const put = part => {
    const begin = shown.length;
    shown += visible(part);
    if (shown.length > begin && !isPlain(style)) spans.push({from: begin, to: shown.length, style: {...style}});
  };
  for (const escape of text.matchAll(ESCAPE)) {
    put(text.slice(from, escape.index));
    from = escape.index + escape[0].length;
    if (escape[2] === 'm') apply(escape[1], style);
  }
  put(text.slice(from));
  return {text: shown, spans};
}

function isPlain(style) {
  return Object.keys(PLAIN).every(name => style[name] === PLAIN[name]);
}

function apply(parameters, style) {
  const codes = parameters.replaceAll(':', ';').split(';').map(Number);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i];
    if (code === 0) Object.assign(style, PLAIN);
    else if (code === 1) style.bold = true;
    else if (code === 2) style.faint = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 7) style.inverse = true;
    else if (code === 9) style.strike = true;
    else if (code === 22) style.bold = style.faint = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code === 27) style.inverse = false;
    else if (code === 29) style.strike = false;
    else if (code >= 30 && code <= 37) style.fore = code - 30;
    else if (code >= 90 && code <= 97) style.fore = code - 82;
    else if (code >= 40 && code <= 47) style.back = code - 40;
    else if (code >= 100 && code <= 107) style.back = code - 92;
    else if (code === 39) style.fore = null;
    else if (code === 49) style.back = null;
    else if (code === 38 || code === 48) i += extended(codes.slice(i + 1), style, code === 38 ? 'fore' : 'back');
  }
}

/** @returns {number} the number of codes that belong to the colour */
function extended(codes, style, which) {
  if (codes[0] === 5) {
    style[which] = palette(codes[1]);
    return 2;
  }
  if (codes[0] === 2) {
    style[which] = `rgb(${codes.slice(1, 4).map(byte).join(', ')})`;
    return 4;
  }
  return codes.length;
}

const byte = value => Math.min(255, Math.max(0, Math.floor(value) || 0));

function palette(number) {
  const index = byte(number);
  if (index < 16) return index;
  if (index >= 232) return `rgb(${Array(3).fill(8 + (index - 232) * 10).join(', ')})`;
  const step = level => (level === 0 ? 0 : 55 + level * 40);
  const cube = index - 16;
  return `rgb(${step(Math.floor(cube / 36))}, ${step(Math.floor(cube / 6) % 6)}, ${step(cube % 6)})`;
}

/** Applies a style to an element: the sixteen named colours by class, so that they suit light and dark themes. */
export function dress(element, style) {
  const names = ['bold', 'faint', 'italic', 'underline', 'strike'].filter(name => style[name]);
  if (style.inverse) {
    colour(element, names, 'fore', 'base');
    colour(element, names, 'solid', style.fore ?? 'text');
  } else {
    colour(element, names, 'fore', style.fore);
    colour(element, names, 'back', style.back);
  }
  element.className = names.map(name => `ansi-${name}`).join(' ');
}

function colour(element, names, which, value) {
  if (value === null) return;
  if (typeof value === 'string' && value.startsWith('rgb')) {
    element.style[which === 'fore' ? 'color' : 'backgroundColor'] = value;
  } else {
    names.push(`${which}-${value}`);
  }
}
