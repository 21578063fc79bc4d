/**
 * Was it memory? Two witnesses: the kernel's count of processes it killed for memory (of this process's control
 * group, or of the machine), and the words that Node prints before it aborts with a full heap.
 */
import { readFileSync } from 'node:fs';
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
  const groups = readText('/proc/self/cgroup') ?? '';
  const second = /^0::(.*)$/m.exec(groups)?.[1] ?? '';
  const first = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(groups)?.[1] ?? '';
  return [
    `/sys/fs/cgroup${second}/memory.events`,
    '/sys/fs/cgroup/memory.events',
    `/sys/fs/cgroup/memory${first}/memory.oom_control`,
    '/sys/fs/cgroup/memory/memory.oom_control',
    '/proc/vmstat',
  ];
}

function readCount(path: string): number | undefined {
  const count = /^oom_kill (\d+)$/m.exec(readText(path) ?? '')?.[1];
  return count === undefined ? undefined : Number(count);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
