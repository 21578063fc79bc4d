/**
 * The processes of a run, found by their environment: everything that is started for it (servers, daemons, tasks) has its
 * home below the run's directory, and passes that on to what it starts. So nothing can hide, whoever its parent is by now.
 */
import { listProcesses, readProcFile } from '../../worker/slot/process-table.ts';

/** Alive, with a home in this directory or below it. */
export function processesBelow(directory: string): number[] {
  const home = Buffer.from(`HOME=${directory}`).toString('latin1');
  return listProcesses()
    .filter(({ pid, isDead }) => !isDead && pid !== process.pid && homeOf(pid)?.startsWith(home) === true)
    .map(({ pid }) => pid);
}

/** Programs that tasks run: their environment names the attempt's scratch directory. */
export function taskPrograms(directory: string): number[] {
  return processesBelow(directory).filter((pid) =>
    environmentOf(pid).some((each) => each.startsWith('EASEL_SCRATCH=')),
  );
}

/** The programs that are tasks themselves, not what those have started; with the child of the worker that waits for each. */
export function runningPrograms(directory: string): { pid: number; child: number }[] {
  return taskPrograms(directory).flatMap((pid) => {
    const child = parentOf(pid);
    const isTask = child !== undefined && argumentsOf(child).some((each) => each.endsWith(SLOT_CHILD));
    return isTask ? [{ pid, child }] : [];
  });
}

const SLOT_CHILD = '/worker/slot/child.ts';

/** Its arguments, as they were given. */
export function argumentsOf(pid: number): string[] {
  return readProcFile(`${pid}/cmdline`)?.split('\0') ?? [];
}

function parentOf(pid: number): number | undefined {
  const text = readProcFile(`${pid}/status`);
  const parent = /^PPid:\s*(\d+)$/m.exec(text ?? '')?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** False when it is gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

function homeOf(pid: number): string | undefined {
  return environmentOf(pid).find((each) => each.startsWith('HOME='));
}

function environmentOf(pid: number): string[] {
  return readProcFile(`${pid}/environ`)?.split('\0') ?? [];
}
