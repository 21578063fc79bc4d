/**
 * What Linux's /proc tells about processes: group, state, processor time, peak memory. On other systems, and for
 * processes that are gone, every function answers undefined or an empty list.
 * Reads are synchronous: /proc answers from memory in some ten microseconds.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  /** Waits to be reaped by its parent; it runs and holds nothing any more. */
  readonly isDead: boolean;
}

/** The kernel reports times in units of 1/100 s on every Linux system (USER_HZ). */
const MS_PER_TICK = 10;

export function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return undefined;
  }
}

/** Fields of /proc/PID/stat after the command's name, which may itself hold blanks and parentheses. */
function readStat(pid: number | 'self'): string[] | undefined {
  const text = readProcFile(`${pid}/stat`);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

export function listProcesses(): ProcessEntry[] {
  return listNumbers('/proc').flatMap((pid) => {
    const stat = readStat(pid);
    if (stat === undefined) return [];
    return [{ pid, group: Number(stat[2]), isDead: stat[0] === 'Z' || stat[0] === 'X' }];
  });
}

/** `own`: the process with all its threads; `children`: those of its descendants that ended and were waited for. */
export function readCpuMs(pid: number | 'self'): { own: number; children: number } | undefined {
  const stat = readStat(pid);
  if (stat === undefined) return undefined;
  const [user, system, childUser, childSystem] = stat
    .slice(11, 15)
    .map((ticks) => Number(ticks) * MS_PER_TICK);
  return { own: (user ?? 0) + (system ?? 0), children: (childUser ?? 0) + (childSystem ?? 0) };
}

/** Largest resident size that the process ever had, in bytes. */
export function readPeakBytes(pid: number | 'self'): number | undefined {
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(readProcFile(`${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

export function readChildren(pid: number): number[] {
  return listNumbers(`/proc/${pid}/task`).flatMap((thread) =>
    (readProcFile(`${pid}/task/${thread}/children`) ?? '').split(' ').filter(Boolean).map(Number),
  );
}

function listNumbers(directory: string): number[] {
  try {
    return readdirSync(directory).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
