/** What the children of a flow task are called: iterations by the value of the loop's variable, branches by which they are. */
import type { Reader } from '../db/transaction.ts';
import type { Definition } from '../model/definition.ts';
import { loopNames } from '../model/plan-facts.ts';
import { readVariable, refer, type TaskRef, type TaskView } from './task-views.ts';

export interface Family {
  readonly parent: Pick<TaskView, 'kind' | 'node'>;
  readonly rows: readonly TaskView[];
}

/** In the order of the rows. */
export async function referChildren(
  reader: Reader,
  definition: Definition,
  { parent, rows }: Family,
): Promise<TaskRef[]> {
  const refs = rows.map((row) => refer(row, definition));
  if (parent.kind === 'conditional') {
    return refs.map((ref, at) => ({ ...ref, label: rows[at]?.position === 0 ? 'then' : 'else' }));
  }
  if (parent.kind !== 'for_loop' && parent.kind !== 'do_while') return refs;
  const [name = ''] = loopNames(definition.nodes[parent.node]?.object ?? {});
  const values = await readVariable(
    reader,
    rows.map(({ scope_id }) => scope_id),
    name,
  );
  return refs.map((ref, at) => {
    const value = values.get(rows[at]?.scope_id ?? 0); // an iteration whose value could not be evaluated has none
    const label = value === undefined ? `iteration ${(rows[at]?.position ?? 0) + 1}` : `${name} = ${value}`;
    return { ...ref, label };
  });
}
