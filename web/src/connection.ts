/** Knows whether the server is there: asks `/readyz` now and then, and at once when somebody doubts. */

export interface ConnectionOptions {
  intervalMs: number;
  /** A server that does not answer in this time counts as gone. */
  timeoutMs: number;
  /** Told after every answer; `changed` when it differs from the one before. */
  onAnswer: (up: boolean, changed: boolean) => void;
}

export class Connection {
  private up = true;
  private asking: Promise<boolean> | null = null;
  private waiting: (() => void)[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: ConnectionOptions) {
    this.schedule();
  }

  /** Asks now (one question at a time) and tells the answer. */
  check(): Promise<boolean> {
    this.asking ??= this.ask().finally(() => {
      this.asking = null;
      this.schedule();
    });
    return this.asking;
  }

  /** Resolves at the next answer that says the server is there. */
  nextUp(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), this.options.intervalMs);
  }

  private async ask(): Promise<boolean> {
    const up = await this.answers();
    const changed = up !== this.up;
    this.up = up;
    this.options.onAnswer(up, changed);
    if (up) for (const resolve of this.waiting.splice(0)) resolve();
    return up;
  }

  private async answers(): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(this.options.timeoutMs);
      return (await fetch("/readyz", { cache: "no-store", signal })).ok;
    } catch {
      return false;
    }
  }
}
