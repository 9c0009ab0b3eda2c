// Creates elements. Text is inserted as text; no module of this page ever parses it as markup.

/**
 * @param {string} tag
 * @param {Object} attributes attributes that begin with `on` are listeners; undefined, null and false attributes are omitted
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

/** Sets the text of an element; an unchanged text is not set again, because screen readers would read it again. */
export function setText(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

/** Calls a function once, when there was no further call for a while. */
export function debounce(millis, what) {
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
export function plural(number, one, many = one + 's') {
  return `${written(number)} ${number === 1 ? one : many}`;
}

/** Copies text to the clipboard, also where the page was loaded without TLS and has no clipboard API. */
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
