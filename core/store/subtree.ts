/**
 * The tasks below a task, level by level, all of them when they are few. Else of every wide flow task the first children only, and nothing
 * below those for which there was no room: never more than a bounded number of rows, whatever the size of the job.
 */
import { forIds } from '../db/rows.ts';
import type { Reader } from '../db/transaction.ts';
import { selectTasks, type TaskView } from './task-views.ts';

/** Children of a wide flow task that stand for all of them. */
const SAMPLE = 4;

export interface Subtree {
  /** The first one is the root. */
  readonly tasks: ReadonlyMap<number, TaskView>;
  /** Flow tasks whose children were not read, or that have none yet. */
  readonly shut: ReadonlySet<number>;
  readonly complete: boolean;
}

export async function gatherSubtree(reader: Reader, root: TaskView, limit: number): Promise<Subtree> {
  return (await gather(reader, root, { limit, isWhole: true })) ?? (await gatherSample(reader, root, limit));
}

async function gatherSample(reader: Reader, root: TaskView, limit: number): Promise<Subtree> {
  const sample = await gather(reader, root, { limit, isWhole: false });
  return sample ?? { tasks: new Map([[root.id, root]]), shut: new Set([root.id]), complete: false };
}

/** @returns undefined when the whole is wanted and there is no room for it */
async function gather(
  reader: Reader,
  root: TaskView,
  { limit, isWhole }: { readonly limit: number; readonly isWhole: boolean },
): Promise<Subtree | undefined> {
  const tasks = new Map([[root.id, root]]);
  const shut = new Set<number>();
  for (let level = [root]; level.length > 0; ) {
    const takes: { readonly parent: TaskView; readonly count: number }[] = [];
    let room = limit - tasks.size;
    for (const parent of level) {
      const { id, kind, created_children } = parent;
      const count = isWhole ? created_children : Math.min(created_children, wanted(parent));
      if (isWhole && count > room) return undefined;
      if (count === 0 || count > room) {
        if (kind !== 'work') shut.add(id);
        continue;
      }
      takes.push({ parent, count });
      room -= count;
    }
    level = await readLevel(reader, takes);
    for (const task of level) tasks.set(task.id, task);
  }
  return { tasks, shut, complete: isWhole };
}

/** The tasks of a chain differ from each other; the iterations of a loop do not. */
function wanted({ kind, created_children }: TaskView): number {
  return kind === 'for_loop' || kind === 'do_while' ? SAMPLE : created_children;
}

async function readLevel(
  reader: Reader,
  takes: readonly { readonly parent: TaskView; readonly count: number }[],
): Promise<TaskView[]> {
  const counts = new Map(takes.map(({ parent, count }) => [parent.id, count]));
  const most = Math.max(0, ...counts.values());
  const rows = await forIds([...counts.keys()], (part) =>
    selectTasks(reader)
      .where('parent_id', 'in', part)
      .where('position', '<', most)
      .orderBy('parent_id')
      .orderBy('position')
      .execute(),
  );
  return rows.filter(({ parent_id, position }) => position < (counts.get(parent_id ?? 0) ?? 0));
}
