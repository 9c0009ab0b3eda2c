// Calls a function in the next frame of the page, or a little later while the page is hidden.

const HIDDEN_MILLIS = 500;

/** Calls that are requested before the next frame are one call. */
export class Frames {
  #what;
  #scheduled = false;

  constructor(what) {
    this.#what = what;
    document.addEventListener('visibilitychange', () => {
      this.#scheduled = false;
      this.schedule();
    });
  }

  schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (document.hidden) setTimeout(() => this.#run(), HIDDEN_MILLIS);
    else requestAnimationFrame(() => this.#run());
  }

  #run() {
    this.#scheduled = false;
    this.#what();
  }
}
