// Joins consecutive entries that belong together: stack traces of Java, Python, Go, JavaScript and others.

const MOST = 200; // entries that are joined
const LONGEST_MILLIS = 2_000; // from one to the next
const MOST_OPEN = 1_000; // devices and services whose last item is kept

const GOES_ON = /^(?:\s+\S|Caused by: |Suppressed: |\.\.\. \d+ (?:more|common)|goroutine \d+ \[|\s*\^+\s*$)/;
const ENDS_PYTHON = /^[\w.]+(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\b/;
const PYTHON = /^Traceback \(most recent call last\)/;

/** Keeps the newest item of each device, service and stream, and decides which entries belong to it. */
export class Traces {
  #open = new Map();

  /** @returns {Object|null} the item that an entry continues */
  headOf(entry) {
    const key = keyOf(entry);
    const head = this.#open.get(key);
    return head && !head.gone && goesOn(head, entry) ? head : null;
  }

  begin(item) {
    if (this.#open.size >= MOST_OPEN) this.#open.clear();
    this.#open.set(keyOf(item.entry), item);
  }

  clear() {
    this.#open.clear();
  }
}

const keyOf = entry => `${entry.device}\n${entry.service ?? ''}\n${entry.stream ?? ''}`;

function goesOn(head, entry) {
  const last = head.more?.at(-1) ?? head.entry;
  if (Boolean(entry.system) !== Boolean(last.system) || entry.receivedAt - last.receivedAt > LONGEST_MILLIS) return false;
  if ((head.more?.length ?? 0) >= MOST || head.entry.message.includes('\n')) return false;
  if (GOES_ON.test(entry.message)) return true;
  return PYTHON.test(head.entry.message) && /^\s/.test(last.message) && ENDS_PYTHON.test(entry.message);
}
