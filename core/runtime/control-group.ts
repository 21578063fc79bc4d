/**
 * The control group of this process, as Linux shows it below /sys/fs/cgroup, in version 1 and 2. In a container its
 * group is the root of what is to be seen there, whatever /proc calls it.
 */
import { readFileSync } from 'node:fs';

export interface GroupFile {
  readonly controller: 'memory' | 'cpu';
  /** Its name in version 2, and in version 1. */
  readonly second: string;
  readonly first: string;
}

/** Where a file of the group may be, the likeliest first. */
export function groupPaths({ controller, second, first }: GroupFile): string[] {
  const groups = readText('/proc/self/cgroup') ?? '';
  const own = /^0::(.*)$/m.exec(groups)?.[1] ?? '';
  const ownFirst = new RegExp(`^\\d+:(?:[^:\\n]*,)?${controller}(?:,[^:\\n]*)?:(.*)$`, 'm').exec(groups)?.[1];
  return [
    `/sys/fs/cgroup${own}/${second}`,
    `/sys/fs/cgroup/${second}`,
    `/sys/fs/cgroup/${controller}${ownFirst ?? ''}/${first}`,
    `/sys/fs/cgroup/${controller}/${first}`,
  ];
}

/** Undefined where there is none. */
export function readGroupFile(file: GroupFile): string | undefined {
  for (const path of groupPaths(file)) {
    const text = readText(path);
    if (text !== undefined) return text.trim();
  }
  return undefined;
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
