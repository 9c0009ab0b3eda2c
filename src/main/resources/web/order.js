// Puts entries of several devices into one order: by when the broker received them, and each device's own never changed.

/** Gives each item its key; a device's keys never fall, whatever its broker's clock did. */
export class Order {
  #newest = new Map();
  #last = 0;

  keyOf(device, receivedAt) {
    const key = Math.max(this.#newest.get(device) ?? 0, receivedAt ?? 0);
    this.#newest.set(device, key);
    this.#last = Math.max(this.#last, key);
    return key;
  }

  /** For what stands between entries: behind all that its device has said, or before what it says next, or behind everything. */
  keyOfNote(device, next) {
    return this.#newest.get(device) ?? next?.receivedAt ?? this.#last;
  }

  clear() {
    this.#newest.clear();
    this.#last = 0;
  }
}

/**
 * Merges fresh items into ordered ones.
 * @returns {number} from where on the items are others than before
 */
export function merge(items, fresh) {
  if (fresh.some((item, i) => i > 0 && item.key < fresh[i - 1].key)) fresh.sort((a, b) => a.key - b.key);
  const first = fresh[0].key;
  let at = items.length;
  if (at > 0 && items[at - 1].key > first) at = upperBound(items, first);
  const tail = items.splice(at);
  let i = 0;
  for (const item of fresh) {
    while (i < tail.length && tail[i].key <= item.key) items.push(tail[i++]);
    items.push(item);
  }
  while (i < tail.length) items.push(tail[i++]);
  return at;
}

function upperBound(items, key) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].key <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
