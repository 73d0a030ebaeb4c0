/**
 * The signals that daemons understand, from the moment that this is made.
 *
 * @module
 */

export class Signals {
  /** Resolves when the daemon is to stop, with the signal that says so. */
  readonly stop: Promise<'SIGINT' | 'SIGTERM'>;
  #reload: (() => Promise<void>) | null = null;
  #wanted = false;
  #busy = false;

  constructor() {
    this.stop = new Promise((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => resolve(signal));
    });
    process.on('SIGHUP', () => {
      this.#wanted = true;
      void this.#work();
    });
  }

  /**
   * Has `reload`, which must not reject, called at every SIGHUP, those before this included: one at a
   * time, and once for all that come meanwhile.
   */
  onReload(reload: () => Promise<void>): void {
    this.#reload = reload;
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#reload === null || this.#busy) return;
    this.#busy = true;
    while (this.#wanted) {
      this.#wanted = false;
      await this.#reload();
    }
    this.#busy = false;
  }
}
