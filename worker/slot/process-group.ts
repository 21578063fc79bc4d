/**
 * Ending processes for certain. A task's processes are found by their process group and, for those that left it
 * (`setsid`, daemons), by the scratch directory in their environment, which is theirs alone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { listProcesses, type ProcessEntry, readProcFile } from './process-table.ts';

/** Names the attempt in the environment of everything that it starts. */
export const SCRATCH_VARIABLE = 'EASEL_SCRATCH';

const GIVE_UP_AFTER_MS = 10_000;

/** False when the group has no process left (dead ones that nobody waited for still count). */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  if (!isTaskGroup(group)) return false;
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Kills every process of the groups and of the attempt that owns `scratch`, and returns when none runs any more.
 * Returns those that the kernel would not end within ten seconds (stuck in a dead file system): normally none.
 */
export async function endProcesses(groups: readonly number[], scratch?: string): Promise<number[]> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    for (const group of groups) signalGroup(group, 'SIGKILL');
    const left = listTaskProcesses(groups, scratch);
    if (left.length === 0 || performance.now() > giveUpAt) return left;
    for (const pid of left) killOne(pid);
    await delay(pauseMs);
  }
}

/** Running processes of the groups, and those that carry `scratch` in their environment. */
export function listTaskProcesses(groups: readonly number[], scratch?: string): number[] {
  const ours = groups.filter(isTaskGroup);
  if (process.platform !== 'linux') return ours.filter((group) => signalGroup(group, 0));
  const isOurs = (entry: ProcessEntry) => ours.includes(entry.group) || ownsScratch(entry.pid, scratch);
  return listProcesses()
    .filter((entry) => !entry.isDead && entry.pid > 1 && entry.pid !== process.pid && isOurs(entry))
    .map((entry) => entry.pid);
}

/** Group 0 means "none" here and holds the kernel's threads in /proc; 1 is the system's own. */
function isTaskGroup(group: number): boolean {
  return Number.isInteger(group) && group > 1;
}

function ownsScratch(pid: number, scratch: string | undefined): boolean {
  if (scratch === undefined) return false;
  const bytes = Buffer.from(`${SCRATCH_VARIABLE}=${scratch}\0`).toString('latin1');
  return readProcFile(`${pid}/environ`)?.includes(bytes) ?? false;
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself since it was listed.
  }
}
