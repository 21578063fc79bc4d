/** Lets one fault follow another for as long as it is told, several at a time where they last; writes each to the log. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../support/until.ts';
import type { Dice } from './dice.ts';
import { FAULTS, type FaultKind, NOBODY, type Stage } from './faults.ts';
import type { Role } from './fleet.ts';

const SHORTEST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;
/** So many of the faults wait until a scheduler and a worker are at work, though not for ever. */
const PATIENT = 0.7;
const WELL_WITHIN_MS = 30_000;

export class Adversary {
  /** How often each kind has struck; what met nobody does not count. */
  readonly struck = new Map<string, number>();
  readonly file: string;
  readonly #stage: Stage;
  readonly #dice: Dice;
  readonly #startedAt = performance.now();
  readonly #busy = new Set<string>();

  constructor(stage: Stage, dice: Dice) {
    this.#stage = stage;
    this.#dice = dice;
    this.file = join(stage.ground.logs, 'faults.log');
  }

  /** Resolves when the last fault is over. */
  async rage(signal: AbortSignal): Promise<void> {
    const kinds = FAULTS.filter((kind) => kind.fits(this.#stage.ground));
    const lasting = new Set<Promise<void>>();
    while (!signal.aborted) {
      await delay(this.#dice.between(SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS), undefined, { signal }).catch(
        () => undefined,
      );
      const kind = this.#dice.weighted(kinds);
      const act = kind.draw(this.#dice);
      if (this.#dice.chance(PATIENT)) await this.#somebodyWell();
      if (signal.aborted) break;
      const fault = this.#strike(kind, act).finally(() => lasting.delete(fault));
      lasting.add(fault);
    }
    await Promise.all(lasting);
  }

  /** On a slow machine, faults would else meet nobody but daemons that start. */
  async #somebodyWell(): Promise<void> {
    const { members } = this.#stage.fleet;
    const isWell = (role: Role) => members.some((member) => member.role === role && member.isWell);
    await until(() => isWell('worker') && isWell('scheduler'), { timeoutMs: WELL_WITHIN_MS }).catch(
      () => undefined,
    );
  }

  /** A server is not killed while it is being started. */
  async #strike({ name }: FaultKind, act: (stage: Stage) => Promise<string>): Promise<void> {
    if (this.#busy.has(name)) return this.#note(name, 'still lasts');
    this.#busy.add(name);
    this.#note(name, 'begins');
    try {
      const met = await act(this.#stage);
      this.#note(name, met);
      if (met !== NOBODY) this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
    } finally {
      this.#busy.delete(name);
    }
  }

  #note(name: string, word: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1_000).toFixed(2).padStart(8);
    appendFileSync(this.file, `${new Date().toISOString()} ${seconds} s  ${name}: ${word}\n`);
  }
}
