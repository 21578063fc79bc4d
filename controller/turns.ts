/**
 * Whose turn it is: the jobs of one line in the order in which they are to be served, the best rank first, and those of
 * one rank in turns. However many jobs stand in line, a look costs a bounded number of steps along its index: some from
 * where the turn is and, when there are more jobs than that, some from where the look before stopped. So no job is passed
 * over for ever, and one of a better rank is found soon.
 *
 * What is remembered is whose turn it is, and nothing else: a scheduler that starts anew begins with any job.
 */
import type { Reader } from '../core/db/transaction.ts';
import { type JobInLine, nextInLine } from '../core/store/ready.ts';

const JOBS_PER_WALK = 50;
const STEPS_PER_WALK = 200;
const RANKS_AT_MOST = 1_000;

export class Turns {
  readonly #line: string;
  /** Rank -> the job that was served last. */
  readonly #served = new Map<number, number>();
  #worstRank = 0;
  /** The job that was looked at last beyond those whose turn it is. */
  #looked = 0;

  constructor(line: string) {
    this.#line = line;
  }

  async look(reader: Reader, isPassedOver: (jobId: number) => boolean): Promise<JobInLine[]> {
    const near = await this.#walk(reader, this.#lastOf(this.#worstRank), isPassedOver);
    const beyond = this.#looked === 0 ? (near.at(-1)?.jobId ?? 0) : this.#looked;
    const far = near.length < JOBS_PER_WALK ? [] : await this.#walk(reader, beyond, isPassedOver);
    this.#looked = far.at(-1)?.jobId ?? 0;
    const known = new Set(near.map(({ jobId }) => jobId));
    const jobs = [...near, ...far.filter(({ jobId }) => !known.has(jobId))];
    this.#worstRank = jobs.reduce((worst, { rank }) => Math.max(worst, rank), Number.NEGATIVE_INFINITY);
    return jobs.sort((a, b) => a.rank - b.rank || this.#waited(a) - this.#waited(b) || a.jobId - b.jobId);
  }

  served({ jobId, rank }: JobInLine): void {
    if (this.#served.size >= RANKS_AT_MOST) this.#served.clear();
    this.#served.set(rank, jobId);
  }

  #lastOf(rank: number): number {
    return this.#served.get(rank) ?? 0;
  }

  /** Of a rank, the jobs after the one that was served last come before those up to it. */
  #waited({ jobId, rank }: JobInLine): number {
    return jobId > this.#lastOf(rank) ? 0 : 1;
  }

  /** From the job after `from` on, and around to it. */
  async #walk(reader: Reader, from: number, isPassedOver: (jobId: number) => boolean): Promise<JobInLine[]> {
    const jobs: JobInLine[] = [];
    let isAround = from === 0;
    let after = from;
    for (let steps = 0; steps < STEPS_PER_WALK && jobs.length < JOBS_PER_WALK; steps++) {
      const job = await nextInLine(reader, this.#line, after);
      if (isAround && (job === undefined || (from > 0 && job.jobId > from))) break;
      isAround ||= job === undefined;
      after = job?.jobId ?? 0;
      if (job !== undefined && !isPassedOver(job.jobId)) jobs.push(job);
    }
    return jobs;
  }
}
