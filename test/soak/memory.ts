/**
 * The memory of a daemon over the tasks done. Garbage makes a process larger for as long as nobody needs the room, so now and then the
 * daemon is made to collect it (Node writes a heap snapshot at a signal), and what is left is measured: the live heap, and the pages
 * that are the process's own (RssAnon), without those of files, which the kernel may take back. Linux only.
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Sample {
  readonly tasks: number;
  /** Megabytes. */
  readonly own: number;
  /** Undefined where garbage was not collected just before. */
  readonly live: number | undefined;
}

const SIGNAL = 'SIGUSR2';
const SNAPSHOT_MS = 120_000;
const MEGABYTE = 1024 ** 2;

/** For the daemons: they write their snapshots into the directory. */
export function snapshotOptions(directory: string): string {
  return `--heapsnapshot-signal=${SIGNAL} --diagnostic-dir=${directory}`;
}

export function readOwn(pid: number): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error('the system does not tell RssAnon');
  return Number(kilobytes) / 1024;
}

/** Megabytes that are left of the heap: the snapshot is about as large as what it shows. */
export async function collect(pid: number, directory: string): Promise<number> {
  process.kill(pid, SIGNAL);
  let before = 0;
  for (const deadline = performance.now() + SNAPSHOT_MS; performance.now() < deadline; await delay(1_000)) {
    const file = readdirSync(directory).find((name) => name.includes(`.${pid}.`));
    const size = file === undefined ? 0 : statSync(join(directory, file)).size;
    if (file !== undefined && size > 0 && size === before) {
      rmSync(join(directory, file));
      return size / MEGABYTE;
    }
    before = size;
  }
  throw new Error(`process ${pid} wrote no heap snapshot`);
}

export interface Summary {
  /** Megabytes at 10 %, 50 % and 100 % of the tasks. */
  readonly at: readonly number[];
  readonly peak: number;
  /** Megabytes per 100,000 tasks, by least squares over the second half, garbage collected. */
  readonly ownSlope: number;
  readonly liveSlope: number;
}

export function summarize(samples: readonly Sample[], tasks: number): Summary {
  const last = samples.at(-1)?.own ?? 0;
  const at = [0.1, 0.5].map((share) => samples.find((each) => each.tasks >= share * tasks)?.own ?? last);
  const settled = samples.filter((each) => each.tasks >= tasks / 2 && each.live !== undefined);
  return {
    at: [...at, last],
    peak: Math.max(...samples.map(({ own }) => own)),
    ownSlope: slopeOf(settled.map((each) => [each.tasks, each.own])),
    liveSlope: slopeOf(settled.map((each) => [each.tasks, each.live ?? 0])),
  };
}

function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map(([tasks]) => tasks));
  const y = mean(points.map(([, height]) => height));
  const covariance = points.reduce((sum, [tasks, height]) => sum + (tasks - x) * (height - y), 0);
  const variance = points.reduce((sum, [tasks]) => sum + (tasks - x) ** 2, 0);
  return variance === 0 ? 0 : (covariance / variance) * 100_000;
}
