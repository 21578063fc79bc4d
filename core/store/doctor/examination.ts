/**
 * One examination: all rows, page by page, without locks, and in flat memory however many there are. What is found is
 * asked for once more before it counts. To mend is to lock the rows, to find the breach again, and to repair it, a few
 * rows to a transaction, with a row of the audit in the same: so it is safe while everything runs.
 */
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { chunks } from '../../db/rows.ts';
import { reading, transact } from '../../db/transaction.ts';
import { recordAction } from '../audit.ts';
import { CountChanges } from '../counts.ts';
import type { Aggregate, Breach, Check, DoctorParts, Examinable, Examiner } from './check.ts';

/** Of one check. */
export interface Finding {
  readonly check: string;
  readonly rule: string;
  readonly leads_to: string;
  readonly advice: string | null;
  readonly mendable: boolean;
  found: number;
  mended: number;
  /** Why a repair could not be made: what the system said. */
  failure: string | null;
  /** The first few, in words. */
  readonly examples: string[];
}

export interface ExaminationOptions {
  readonly jobId?: number | undefined;
  readonly mend: boolean;
  readonly onPage?: (rows: string, examined: number) => void;
}

const EXAMPLES = 20;
const MENDED_AT_ONCE = 50;
const NAMED_IN_AUDIT = 2_000;
const SUSPECTED_AT_MOST = 20_000;
const LOOK_EVERY_MS = 250;

/** Everything that should hold and does not. */
export async function examine(
  parts: DoctorParts,
  all: readonly Examinable[],
  options: ExaminationOptions,
): Promise<Finding[]> {
  const examination = new Examination(parts, options);
  for (const each of all) await each.accept(examination);
  await examination.lookAgain();
  return [...examination.findings.values()];
}

/** Breaches that a daemon may be about to see to. */
interface Suspicion {
  readonly since: number;
  readonly graceMs: number;
  /** Whether any of them is still there. */
  isLeft(): Promise<boolean>;
  count(): Promise<void>;
}

class Examination implements Examiner {
  readonly findings = new Map<string, Finding>();
  readonly #parts: DoctorParts;
  readonly #options: ExaminationOptions;
  readonly #suspicions: Suspicion[] = [];
  #suspected = 0;

  constructor(parts: DoctorParts, options: ExaminationOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  async examine<Key>(aggregate: Aggregate<Key>): Promise<void> {
    const reader = reading(this.#parts.database);
    let examined = 0;
    for await (const keys of aggregate.pages(reader, this.#options.jobId)) {
      for (const check of aggregate.checks) {
        const found = await check.find(reader, keys, this.#parts);
        if (found.length > 0) await this.#suspect(aggregate, check, found);
      }
      examined += keys.length;
      this.#options.onPage?.(aggregate.rows, examined);
      await turn(); // an embedded database answers at once: whatever else runs in this process has its turn
    }
  }

  /** What a daemon may be about to see to is looked at again until it is gone, or its time is over. */
  async lookAgain(): Promise<void> {
    this.#suspected = 0;
    for (const { since, graceMs, isLeft, count } of this.#suspicions.splice(0)) {
      let left = await isLeft();
      while (left && performance.now() < since + graceMs) {
        await delay(LOOK_EVERY_MS);
        left = await isLeft();
      }
      if (left) await count();
    }
  }

  async #suspect<Key>(aggregate: Aggregate<Key>, check: Check<Key>, found: Breach<Key>[]): Promise<void> {
    let left = found;
    const isLeft = async () => {
      const keys = left.map(({ key }) => key);
      left = await check.find(reading(this.#parts.database), keys, this.#parts);
      return left.length > 0;
    };
    const count = () => this.#count(aggregate, check, left);
    const { graceMs } = check;
    if (graceMs === undefined) return (await isLeft()) ? await count() : undefined;
    this.#suspicions.push({ since: performance.now(), graceMs, isLeft, count });
    this.#suspected += found.length;
    if (this.#suspected >= SUSPECTED_AT_MOST) await this.lookAgain();
  }

  async #count<Key>(aggregate: Aggregate<Key>, check: Check<Key>, found: Breach<Key>[]): Promise<void> {
    const finding = this.#findingOf(check);
    finding.found += found.length;
    const room = EXAMPLES - finding.examples.length;
    if (room > 0) finding.examples.push(...found.slice(0, room).map(({ what }) => what));
    if (!this.#options.mend || check.repair === undefined) return;
    const keys = found.map(({ key }) => key);
    for (const part of chunks(keys, MENDED_AT_ONCE))
      finding.mended += await this.#try(aggregate, check, part);
  }

  /** A repair that the system refuses (a full disk, a file that is gone) keeps no other from being made. */
  async #try<Key>(aggregate: Aggregate<Key>, check: Check<Key>, keys: readonly Key[]): Promise<number> {
    try {
      return await this.#mend(aggregate, check, keys);
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error) || this.#parts.database.dialect.isOutage(error))
        throw error;
      this.#findingOf(check).failure = error.message;
      if (keys.length <= 1) return 0;
      let mended = 0;
      for (const key of keys) mended += await this.#try(aggregate, check, [key]);
      return mended;
    }
  }

  /** Returns how many are well now: a repair may find that it cannot, or that somebody came first. */
  async #mend<Key>(aggregate: Aggregate<Key>, check: Check<Key>, keys: readonly Key[]): Promise<number> {
    const parts = this.#parts;
    await transact(parts.database, async (trx) => {
      await aggregate.lock(trx, keys);
      const breaches = await check.find(trx, keys, parts);
      if (breaches.length === 0) return;
      const counts = new CountChanges();
      await check.repair?.({ trx, parts, counts }, breaches);
      await counts.write(trx);
      const named = breaches.map(({ what }) => what).join('; ');
      const detail = `${check.name}: ${named.slice(0, NAMED_IN_AUDIT)}`;
      await recordAction(trx, { person: parts.person, action: 'doctor', detail });
    });
    const left = await check.find(reading(parts.database), keys, parts);
    return keys.length - left.length;
  }

  #findingOf<Key>(check: Check<Key>): Finding {
    const known = this.findings.get(check.name);
    if (known !== undefined) return known;
    const { name, rule, leadsTo, advice = null } = check;
    const finding: Finding = {
      ...{ check: name, rule, leads_to: leadsTo, advice, mendable: check.repair !== undefined },
      ...{ found: 0, mended: 0, failure: null, examples: [] },
    };
    this.findings.set(name, finding);
    return finding;
  }
}
