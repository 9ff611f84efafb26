/** Wakes a loop that waits: a signal given while nobody waits is not lost. */
export class Signal {
  #given = false;
  #wake: (() => void) | undefined;

  give(): void {
    this.#given = true;
    this.#wake?.();
  }

  /** Returns when the signal is given, or was since the last wait, or after the time. */
  async wait(milliseconds: number): Promise<void> {
    if (!this.#given) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.#given = false;
  }
}
