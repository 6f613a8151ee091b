/** Asks when there is news, never more often than every so often, and never leaves the last news unasked. */

export class Pulse {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = -Infinity;
  private news = -Infinity;
  private asking = false;

  /** `rest`: milliseconds between two questions; an answer may be as old as that. */
  constructor(private readonly ask: () => Promise<void>, private readonly rest: number) {}

  /** Something happened. */
  beat(): void {
    this.news = performance.now();
    this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private schedule(): void {
    if (this.timer !== undefined || this.asking) return;
    const wait = Math.max(0, this.asked + this.rest - performance.now());
    this.timer = setTimeout(() => void this.go(), wait);
  }

  private async go(): Promise<void> {
    this.timer = undefined;
    this.asking = true;
    this.asked = performance.now();
    try {
      await this.ask();
    } catch (error) {
      // What was not answered is still to be asked.
      this.news = performance.now();
      console.warn(error);
    } finally {
      this.asking = false;
      // The answer may be of a moment before the last news.
      if (this.news > this.asked - this.rest) {
        if (this.news < this.asked) this.news = -Infinity;
        this.schedule();
      }
    }
  }
}
