/**
 * Was it memory? Two witnesses: the kernel's count of processes it killed for memory (of this process's control
 * group, or of the machine), and the words that Node prints before it aborts with a full heap.
 */
import { groupPaths, readText } from '../../core/runtime/control-group.ts';
import type { Failure } from './protocol.ts';

const HEAP_TEXT = /heap out of memory|Allocation failed - process out of memory/;

let source: string | undefined;

/** Undefined where the system does not count. */
export function countOomKills(): number | undefined {
  source ??= candidates().find((path) => readCount(path) !== undefined) ?? '';
  return source === '' ? undefined : readCount(source);
}

/** The kernel kills with SIGKILL, which a shell passes on as status 137; Node aborts (134). */
export function isOom(failure: Failure, stderr: string, killsBefore: number | undefined): boolean {
  const aborted = failure.signal === 'SIGABRT' || failure.exitCode === 134;
  if (aborted && HEAP_TEXT.test(stderr)) return true;
  const killed = failure.signal === 'SIGKILL' || failure.exitCode === 137;
  return killed && killsBefore !== undefined && (countOomKills() ?? 0) > killsBefore;
}

function candidates(): string[] {
  return [...groupPaths(KILLS), '/proc/vmstat'];
}

const KILLS = { controller: 'memory', second: 'memory.events', first: 'memory.oom_control' } as const;

function readCount(path: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(readText(path) ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}
