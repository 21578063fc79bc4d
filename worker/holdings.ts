/**
 * What a worker holds: attempts that it has claimed and not yet seen committed. They take turns for the slots, in the
 * order in which they were claimed; one that is disowned (given back, or another's by now) loses its turn.
 */
import { Wake } from '../core/runtime/wake.ts';
import type { ClaimedTask } from '../core/store/claims.ts';

export type Phase =
  | 'claimed' // waits for a slot
  | 'executing' // takes one up
  | 'concluding'; // its outcome is being stored

export interface Held {
  readonly task: ClaimedTask;
  readonly claimedAt: number;
  readonly stop: AbortController;
  phase: Phase;
  /** Nothing of it is to be committed. */
  disowned: boolean;
  /** Ends its waiting for a slot. */
  begin: () => void;
}

export class Holdings {
  /** Rung whenever something was freed. */
  readonly freed = new Wake();
  readonly #slots: number;
  readonly #held = new Map<number, Held>();
  #line: Held[] = [];

  constructor(slots: number) {
    this.#slots = slots;
  }

  get size(): number {
    return this.#held.size;
  }

  get attemptIds(): number[] {
    return [...this.#held.keys()];
  }

  get(attemptId: number): Held | undefined {
    return this.#held.get(attemptId);
  }

  inPhase(...phases: readonly Phase[]): Held[] {
    return [...this.#held.values()].filter(({ phase }) => phases.includes(phase));
  }

  take(task: ClaimedTask): Held {
    const held: Held = {
      task,
      claimedAt: performance.now(),
      stop: new AbortController(),
      phase: 'claimed',
      disowned: false,
      begin: () => undefined,
    };
    this.#held.set(task.attempt_id, held);
    return held;
  }

  /** Resolves when it is its turn: with false when it was disowned meanwhile. */
  async slotFor(held: Held): Promise<boolean> {
    if (!held.disowned) {
      const turn = new Promise<void>((resolve) => {
        held.begin = resolve;
      });
      this.#line.push(held);
      this.#startNext();
      await turn;
    }
    return !held.disowned;
  }

  /** The slot is free, the outcome not yet stored. */
  conclude(held: Held): void {
    held.phase = 'concluding';
    this.#startNext();
  }

  drop(held: Held): void {
    this.#held.delete(held.task.attempt_id);
    this.#startNext();
  }

  /** What runs is asked to stop. What has run is past that: its commit will tell. */
  disown(held: Held): boolean {
    if (held.disowned || held.phase === 'concluding') return false;
    held.disowned = true;
    held.stop.abort();
    held.begin();
    return true;
  }

  /** What runs is asked to stop, and its outcome says so. Answers whether it has not even started: then it is to be given back. */
  cancel(held: Held): boolean {
    if (held.phase === 'executing') held.stop.abort();
    return held.phase === 'claimed';
  }

  /** Until none of these is held any more, so that their processes are gone. */
  async gone(those: readonly Held[]): Promise<void> {
    while (those.some((held) => this.#held.get(held.task.attempt_id) === held))
      await this.freed.wait(WAIT_MS);
  }

  #startNext(): void {
    let free = this.#slots - this.inPhase('executing').length;
    while (free > 0 && this.#line.length > 0) {
      const held = this.#line.shift();
      if (held === undefined || held.disowned) continue;
      held.phase = 'executing';
      held.begin();
      free--;
    }
    this.freed.notify();
  }
}

const WAIT_MS = 1_000;
