/**
 * Was it memory? Two witnesses: the kernel's count of processes it killed for memory (of this process's control
 * group, or of the machine), and the words that Node prints before it aborts with a full heap.
 */
import { memoryLimit } from '../../core/runtime/capacity.ts';
import { groupPaths, readGroupFile, readText } from '../../core/runtime/control-group.ts';
import type { Failure } from './protocol.ts';

const HEAP_TEXT = /heap out of memory|Allocation failed - process out of memory/;
const KILLS = { controller: 'memory', second: 'memory.events', first: 'memory.oom_control' } as const;
const PEAK = { controller: 'memory', second: 'memory.peak', first: 'memory.max_usage_in_bytes' } as const;

let source: string | undefined;

/** Undefined where the system does not count. */
export function countOomKills(): number | undefined {
  source ??= [...groupPaths(KILLS), '/proc/vmstat'].find((path) => readCount(path) !== undefined) ?? '';
  return source === '' ? undefined : readCount(source);
}

/** Node aborts (134). */
export function filledItsHeap(failure: Failure, stderr: string): boolean {
  return (failure.signal === 'SIGABRT' || failure.exitCode === 134) && HEAP_TEXT.test(stderr);
}

/** The kernel kills with SIGKILL, which a shell passes on as status 137. */
export function wasKilledForMemory({ signal, exitCode }: Failure, killsBefore: number | undefined): boolean {
  return (signal === 'SIGKILL' || exitCode === 137) && isAnyKilledSince(killsBefore);
}

/**
 * A program of which the kernel killed a part may fail in its own way. In a container that counts as memory, too: what was
 * killed there was a task's. It may have been the task of another slot; then a failure that has to do with it or not is
 * told as one of memory, with the program's own words.
 */
export function lostAPartForMemory(killsBefore: number | undefined): boolean {
  return memoryLimit() !== undefined && isAnyKilledSince(killsBefore);
}

/** What all of the container has used at most, which is what it was killed for; undefined outside of one. */
export function peakOfContainer(): number | undefined {
  if (memoryLimit() === undefined) return undefined;
  const peak = Number(readGroupFile(PEAK));
  return peak > 0 ? peak : undefined;
}

function isAnyKilledSince(killsBefore: number | undefined): boolean {
  return killsBefore !== undefined && (countOomKills() ?? 0) > killsBefore;
}

function readCount(path: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(readText(path) ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}
