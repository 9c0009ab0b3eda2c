// Makes elements. Text goes in as text; nothing here or elsewhere ever reads markup out of it.

/**
 * @param {string} tag
 * @param {Object} attributes `onclick` and the like are listeners; absent, null and false ones are left out
 * @param {...(Node|string|null)} children
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

export const byId = id => document.getElementById(id);

/** Calls once when calls have ceased for a while. */
export function calmly(millis, what) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => what(...values), millis);
  };
}

const NUMBERS = new Intl.NumberFormat('en');

/** `12,345` */
export const written = number => NUMBERS.format(number);

/** `1 line`, `12,345 lines`. */
export function counted(number, one, many = one + 's') {
  return `${written(number)} ${number === 1 ? one : many}`;
}

/** Puts text on the clipboard, also where the page came without TLS and has no clipboard of its own. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = make('textarea', {class: 'unseen', 'aria-hidden': 'true'});
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('the browser does not permit copying');
}
