/**
 * What is on the screen, and when something else comes: scenes one after another, and an alert before them all.
 * Time is an argument; nothing here draws or waits.
 */

import { rank, type Severity } from "./alerts";

export type Showing = { kind: "scene"; id: string } | { kind: "alert"; id: string };

export interface Turn {
  id: string;
  seconds: number;
}

export interface Pace {
  /** Milliseconds that anything stays at least: a wall that flickers is not read. */
  least: number;
  /** Milliseconds after which an alert that nobody takes gives the screen back. */
  hold: number;
}

interface Pending {
  id: string;
  severity: Severity;
  /** Milliseconds of the screen that it still has. */
  left: number;
}

/** Alerts that wait for the screen; of more the least and the last go. All are in the list beside the map. */
const MOST_PENDING = 50;

export const same = (one: Showing | null, other: Showing | null) => one?.kind === other?.kind && one?.id === other?.id;

export class Director {
  private current: Showing | null = null;
  private since = 0;
  /** The alert that has the screen. */
  private taken: Pending | null = null;
  /** The scene that was shown last. */
  private at = 0;
  private pending: Pending[] = [];

  constructor(private readonly turns: Turn[], private readonly pace: Pace) {}

  get showing(): Showing | null {
    return this.current;
  }

  /** The scene that is shown, or to which the screen goes back. */
  get turn(): Turn | undefined {
    return this.turns[this.at];
  }

  /** How much of its time the scene has had, 0 to 1. */
  progress(now: number): number {
    const turn = this.turns[this.at];
    if (!turn || this.current?.kind !== "scene") return 0;
    return Math.min(1, (now - this.since) / (turn.seconds * 1000));
  }

  /** An alert wants the screen. */
  raise(id: string, severity: Severity): void {
    if (this.holds(id)) return;
    this.wait({ id, severity, left: this.pace.hold });
  }

  /** An alert is looked after, or over. */
  settle(id: string): void {
    this.pending = this.pending.filter((known) => known.id !== id);
    if (this.taken?.id === id) this.taken = { ...this.taken, left: 0 };
  }

  /** Whether an alert has the screen, or waits for it. */
  holds(id: string): boolean {
    return this.taken?.id === id || this.pending.some((known) => known.id === id);
  }

  /** What should be on the screen now. */
  wanted(now: number): Showing | null {
    if (this.current && now - this.since < this.pace.least) return this.current;
    const [first] = this.pending;
    if (this.taken && this.current?.kind === "alert") {
      const goesOn = now - this.since < this.taken.left;
      if (goesOn && !(first && rank(first.severity) > rank(this.taken.severity))) return this.current;
    }
    if (first) return { kind: "alert", id: first.id };
    return this.scene(now);
  }

  /** It is on the screen from now on. */
  show(showing: Showing, now: number): void {
    const before = this.taken;
    if (before && this.current?.kind === "alert") {
      const left = before.left - (now - this.since);
      // A worse one came: what is left of its time it gets later.
      if (left > 0) this.wait({ ...before, left });
    }
    this.taken = null;
    if (showing.kind === "alert") {
      this.taken = this.pending.find(({ id }) => id === showing.id) ?? null;
      this.pending = this.pending.filter(({ id }) => id !== showing.id);
    } else {
      this.at = Math.max(0, this.turns.findIndex(({ id }) => id === showing.id));
    }
    this.current = showing;
    this.since = now;
  }

  private scene(now: number): Showing | null {
    const turn = this.turns[this.at];
    if (!turn) return null;
    const stays = this.current === null || (this.current.kind === "scene" && now - this.since < turn.seconds * 1000);
    const next = stays ? turn : (this.turns[(this.at + 1) % this.turns.length] ?? turn);
    return { kind: "scene", id: next.id };
  }

  /** The worst first; of equals the one that came first. */
  private wait(one: Pending): void {
    const place = this.pending.findIndex((other) => rank(other.severity) < rank(one.severity));
    this.pending.splice(place < 0 ? this.pending.length : place, 0, one);
    this.pending.length = Math.min(this.pending.length, MOST_PENDING);
  }
}
