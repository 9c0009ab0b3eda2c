// Merges entries of several devices by the time of receipt, without changing the order of any device's own entries.

/** Assigns each item its key; the keys of a device never decrease, even if its broker's clock is set back. */
export class Order {
  #newest = new Map();
  #last = 0;

  keyOf(device, receivedAt) {
    const key = Math.max(this.#newest.get(device) ?? 0, receivedAt ?? 0);
    this.#newest.set(device, key);
    this.#last = Math.max(this.#last, key);
    return key;
  }

  /** The key of a note between entries: after all entries of its device, or before the device's next entry, or after all items. */
  keyOfNote(device, next) {
    return this.#newest.get(device) ?? next?.receivedAt ?? this.#last;
  }

  clear() {
    this.#newest.clear();
    this.#last = 0;
  }
}

/**
 * Merges new items into sorted ones.
 * @returns {number} the first index whose item has changed
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
