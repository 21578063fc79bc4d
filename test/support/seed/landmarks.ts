/** Ids of what is interesting in a seeded installation, the newest of each kind. */
import type { Reader } from '../../../core/db/transaction.ts';
import type { TaskState } from '../../../core/model/states.ts';
import type { SeedTask } from './model.ts';
import type { PlannedJob } from './schedule.ts';
import type { Staff } from './staff.ts';

export interface Landmarks {
  readonly tasks: number;
  readonly jobs: {
    readonly succeeded: number;
    readonly failed: number;
    readonly cancelled: number;
    readonly running: number;
    readonly paused: number;
    /** Succeeded, with results over `planet_radius` and `orbital_period`. */
    readonly survey: number;
    /** With one loop of a great many iterations. */
    readonly sweep: number;
    /** With do-while loops. */
    readonly refine: number;
    /** Full of markup. */
    readonly hostile: number;
  };
  /** A work task in each state that there is. */
  readonly work: Readonly<Partial<Record<TaskState, number>>>;
  /** A flow task of each kind, with children: `chain`, `for_loop`, `conditional`, `do_while`. */
  readonly flow: Readonly<Record<string, number>>;
  /** The loop with the most children. */
  readonly widest: number;
  /** Done at its second attempt; waiting for its next; done twice, and with two versions; with a log of 3,000 lines. */
  readonly retried: number;
  readonly postponed: number;
  readonly redone: number;
  readonly talkative: number;
  /** Of the task that was done twice; other tasks read it. */
  readonly product: ProductLandmark;
  readonly hostileTask: number;
  readonly staff: Staff;
}

export interface ProductLandmark {
  readonly id: number;
  readonly address: string;
  /** The newest, and its path below the versions area. */
  readonly versionId: number;
  readonly file: string;
}

type Ids = Record<string, number>;

export class Survey {
  /** Work tasks by state; `aside` of those that are ready, those whose type is paused. */
  readonly standing: Ids = {};
  readonly #jobs: Ids = {};
  readonly #work: Ids = {};
  readonly #flow: Ids = {};
  readonly #others: Ids = {};
  #product = 0;
  #widest = { id: 0, children: 0 };
  #tasks = 0;

  /** The one task of the installation that is to have a long log. */
  choose(tasks: readonly SeedTask[]): SeedTask | undefined {
    if (this.#others.talkative !== undefined) return undefined;
    const task = tasks.find(({ type, state }) => type.startsWith('transit_search') && state === 'done');
    if (task !== undefined) this.#others.talkative = task.id;
    return task;
  }

  see(jobId: number, { fate, recipe }: PlannedJob, tasks: readonly SeedTask[]): void {
    this.#jobs[fate.end] = jobId;
    if (fate.end === 'succeeded') this.#jobs[recipe.name] = jobId;
    this.#tasks += tasks.length;
    for (const task of tasks) {
      if (task.node.kind === 'work') this.#seeWork(task);
      else this.#seeFlow(task);
    }
    if (recipe.name === 'hostile')
      this.#others.hostileTask = tasks.findLast(({ state }) => state === 'done')?.id ?? 0;
  }

  #seeFlow({ id, node, created }: SeedTask): void {
    if (created === 0) return;
    this.#flow[node.kind] = id;
    if (created > this.#widest.children) this.#widest = { id, children: created };
  }

  #seeWork({ id, state, attempts, products, dueInMs, triedFrom }: SeedTask): void {
    this.standing[state] = (this.standing[state] ?? 0) + 1;
    if (dueInMs !== null) this.#others.postponed = id;
    else this.#work[state] = id;
    if (state !== 'done' || attempts.length < 2) return;
    if (triedFrom === 0) this.#others.retried = id;
    const [product] = products;
    if (triedFrom === 0 || product === undefined) return;
    this.#others.redone = id;
    this.#product = product.id;
  }

  async end(reader: Reader, staff: Staff, paused: number): Promise<Landmarks> {
    const job = (name: string) => found(this.#jobs, name);
    const other = (name: string) => found(this.#others, name);
    const product = await readProduct(reader, this.#product);
    return {
      tasks: this.#tasks,
      jobs: {
        ...{
          succeeded: job('succeeded'),
          failed: job('failed'),
          cancelled: job('cancelled'),
          running: job('running'),
        },
        ...{
          survey: job('survey'),
          sweep: job('sweep'),
          refine: job('refine'),
          hostile: job('hostile'),
          paused,
        },
      },
      ...{ work: this.#work, flow: this.#flow, widest: this.#widest.id, product, staff },
      ...{ retried: other('retried'), postponed: other('postponed'), redone: other('redone') },
      ...{ talkative: other('talkative'), hostileTask: other('hostileTask') },
    };
  }
}

async function readProduct({ kysely }: Reader, id: number): Promise<ProductLandmark> {
  const row = await kysely
    .selectFrom('products')
    .innerJoin('versions', 'versions.id', 'products.version_id')
    .select(['products.id', 'address', 'versions.id as versionId', 'file'])
    .where('products.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw new Error('this seed has no product of two versions: take more tasks');
  return row;
}

function found(ids: Ids, name: string): number {
  const id = ids[name];
  if (id === undefined) throw new Error(`this seed has nothing that is ${name}: take more tasks`);
  return id;
}
