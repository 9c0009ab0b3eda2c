// Combines the status events of devices: storage is usually unavailable for all of them at once, and is reported once.

/** The devices whose storage is unavailable. */
export class StorageStatus {
  #away = new Set();

  get isAway() {
    return this.#away.size > 0;
  }

  clear() {
    this.#away.clear();
  }

  /** @returns {Object|null} the event to show in place of a status event, or null for none */
  take(status) {
    const before = this.isAway;
    if (status.storage === 'away') this.#away.add(status.device);
    else this.#away.delete(status.device);
    if (this.isAway === before) return null;
    return {event: 'status', text: this.isAway ? 'storage is unavailable: new lines cannot be shown' : 'storage is available again'};
  }
}
