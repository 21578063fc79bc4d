/** What attempts need before they can start, read for many at once: their jobs' definitions, and the files they ask for. */
import type { Database } from '../core/db/open.ts';
import { outlast } from '../core/db/outage.ts';
import { reading } from '../core/db/transaction.ts';
import type { Definition } from '../core/model/definition.ts';
import type { Emit } from '../core/runtime/events.ts';
import type { Registry } from '../core/runtime/registry.ts';
import { type Assignment, readAssignments } from '../core/store/assignments.ts';
import type { ClaimedTask } from '../core/store/claims.ts';
import type { Definitions } from '../core/store/definitions.ts';

interface NeedParts {
  readonly database: Database;
  readonly emit: Emit;
  readonly registry: Registry;
  readonly definitions: Definitions;
  readonly signal: AbortSignal;
}

interface Needs {
  readonly definitions: ReadonlyMap<number, Definition>;
  /** By task. */
  readonly assignments: ReadonlyMap<number, Assignment>;
}

const NOTHING: ReadonlyMap<number, Assignment> = new Map();

export async function readNeeds(parts: NeedParts, tasks: readonly ClaimedTask[]): Promise<Needs> {
  const { database, emit, registry, signal } = parts;
  return await outlast({ database, emit, signal }, async () => {
    const definitions = new Map<number, Definition>();
    for (const { job_id } of tasks) definitions.set(job_id, await parts.definitions.get(job_id));
    const asking = tasks.filter((task) => mayNeedFiles(task, definitions.get(task.job_id), registry));
    const assignments = asking.length === 0 ? NOTHING : await readAssignments(reading(database), asking);
    return { definitions, assignments };
  });
}

/** Tasks without files and without needs are started without asking the database for any. */
function mayNeedFiles(task: ClaimedTask, definition: Definition | undefined, registry: Registry): boolean {
  const { inputs, outputs, requires_metadata_from: needs } = definition?.nodes[task.node]?.object ?? {};
  const perFile = registry.get(task.type)?.outputs_per_file;
  return [inputs, outputs, needs, perFile].some((each) => each !== undefined);
}
