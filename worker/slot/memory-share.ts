/**
 * Whom memory is taken from when there is none left. A module of a task fills the heap of its own process first, which is
 * an error of that task alone; then the kernel takes a process of a task, and the supervisor last.
 */
import { writeFileSync } from 'node:fs';
import { SUPERVISOR_MEMORY_GB } from '../../core/model/fit.ts';
import { memoryLimit } from '../../core/runtime/capacity.ts';

/** Node itself, its code and young objects, beside the heap that can be limited. */
const BESIDE_HEAP_BYTES = 64 * 2 ** 20;
const LEAST_HEAP_MIB = 64;

/** Options of Node for the child of one of so many slots: in a container, a heap that fits into its share. */
export function heapOptions(slots: number): string[] {
  const limit = memoryLimit();
  if (limit === undefined) return [];
  const share = (limit - SUPERVISOR_MEMORY_GB * 1e9) / slots;
  const heap = Math.max(LEAST_HEAP_MIB, Math.floor((share - BESIDE_HEAP_BYTES) / 2 ** 20));
  return [`--max-old-space-size=${heap}`];
}

/** This process, and all that it starts, is what the kernel takes first. Anyone may offer himself so. */
export function offerToKernel(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not on Linux.
  }
}
