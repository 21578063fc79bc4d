/** A job as tests look at it: its tasks with the names that the job file gives them, metadata and products. */
import type { Database } from '../../core/db/open.ts';
import { reading } from '../../core/db/transaction.ts';
import { buildDefinition } from '../../core/model/definition.ts';
import type { TaskState } from '../../core/model/states.ts';
import { type Dict, dict, isDict, parseJson } from '../../core/model/values.ts';
import { readDefinition } from '../../core/store/jobs.ts';

export interface TaskFact {
  readonly id: number;
  readonly parent_id: number | null;
  readonly position: number;
  readonly name: string | undefined;
  readonly path: string;
  readonly kind: string;
  readonly type: string;
  readonly state: TaskState;
  readonly attempts: number;
  /** Why it failed: its own reason, or the error of its last attempt. */
  readonly reason: string | null;
  readonly cause_id: number | null;
  /** What it inherits. */
  readonly metadata: Dict;
  readonly output: Dict;
  readonly job_name: string | null;
  readonly directory: string;
}

export class JobView {
  readonly id: number;
  readonly state: string;
  readonly tasks: readonly TaskFact[];
  /** Address -> path below the versions area, of the products that have a version. */
  readonly products: ReadonlyMap<string, string>;

  constructor(id: number, state: string, tasks: readonly TaskFact[], products: ReadonlyMap<string, string>) {
    this.id = id;
    this.state = state;
    this.tasks = tasks;
    this.products = products;
  }

  /** All tasks of that name, in the order of their creation. */
  named(name: string): TaskFact[] {
    return this.tasks.filter((task) => task.name === name);
  }

  /** The only task of that name. */
  task(name: string): TaskFact {
    const [only, second] = this.named(name);
    if (only === undefined || second !== undefined)
      throw new Error(`job ${this.id} has ${this.named(name).length} tasks "${name}"`);
    return only;
  }

  /** Name -> state of every task with a name; those of one name joined by a space. */
  states(): Record<string, string> {
    const groups = Map.groupBy(
      this.tasks.filter(({ name }) => name !== undefined),
      ({ name }) => name ?? '',
    );
    return Object.fromEntries(
      [...groups].map(([name, tasks]) => [name, tasks.map(({ state }) => state).join(' ')]),
    );
  }
}

export async function readJobView(database: Database, jobId: number): Promise<JobView> {
  const { kysely } = database;
  const job = await kysely
    .selectFrom('jobs')
    .select('state')
    .where('id', '=', jobId)
    .executeTakeFirstOrThrow();
  const root = parseJson(await readDefinition(reading(database), jobId));
  const { nodes } = buildDefinition(isDict(root) ? root : dict());
  const rows = await kysely
    .selectFrom('tasks')
    .innerJoin('scopes', 'scopes.id', 'tasks.scope_id')
    .leftJoin('output_metadata', 'output_metadata.task_id', 'tasks.id')
    .selectAll('tasks')
    .select([
      'scopes.metadata as inherited',
      'scopes.job_name',
      'scopes.working_directory',
      'output_metadata.metadata as output',
    ])
    .where('tasks.job_id', '=', jobId)
    .orderBy('tasks.id')
    .execute();
  const errors = await kysely
    .selectFrom('attempts')
    .select(['task_id', 'error'])
    .where('job_id', '=', jobId)
    .where('state', '=', 'failed')
    .orderBy('number')
    .execute();
  const lastError = new Map(errors.map(({ task_id, error }) => [task_id, error]));
  const tasks = rows.map((row): TaskFact => {
    const node = nodes[row.node];
    const name = node?.object.name;
    return {
      ...row,
      name: typeof name === 'string' ? name : undefined,
      path: node?.path ?? '',
      reason: row.reason ?? lastError.get(row.id) ?? null,
      metadata: parseDict(row.inherited),
      output: parseDict(row.output),
      directory: row.working_directory,
    };
  });
  const products = await kysely
    .selectFrom('products')
    .innerJoin('versions', 'versions.id', 'products.version_id')
    .select(['address', 'file'])
    .where('job_id', '=', jobId)
    .orderBy('address')
    .execute();
  return new JobView(jobId, job.state, tasks, new Map(products.map(({ address, file }) => [address, file])));
}

function parseDict(text: string | null): Dict {
  const value = text === null ? dict() : parseJson(text);
  return isDict(value) ? value : dict();
}
