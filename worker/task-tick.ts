/** Keeps a long computation answering: its share done is told, and it ends when the task is asked to stop. */
import { setImmediate } from 'node:timers/promises';
import type { TaskContext } from './task-module.ts';

/** To be awaited many times a second: tells the share done, and throws when the task is asked to stop. */
export function tickOf(context: TaskContext): (fraction: number) => Promise<void> {
  return async (fraction) => {
    context.progress(fraction);
    await setImmediate();
    context.signal.throwIfAborted();
  };
}
