/**
 * One batch of expansion: the flow tasks in line of one job create their children, in one transaction under the lock
 * of the job's row. A crash leaves either nothing or all of it, and the next scheduler goes on where it stopped:
 * how far a loop has come is a column of its row.
 */
import type { Database } from '../../core/db/open.ts';
import { type Transaction, transact } from '../../core/db/transaction.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { TaskType } from '../../core/model/task-type.ts';
import { type Areas, inputFile, listInputFiles } from '../../core/runtime/areas.ts';
import { closeFlows } from '../../core/store/closing.ts';
import { CountChanges } from '../../core/store/counts.ts';
import { placeReady } from '../../core/store/dispatch.ts';
import type { Ids } from '../../core/store/ids.ts';
import { changePendingFlows, lockJob } from '../../core/store/jobs.ts';
import { type EndedTask, lockTasks } from '../../core/store/locked-tasks.ts';
import { closeTasks, endTasksBadly, expandTasks } from '../../core/store/moves.ts';
import { propagate } from '../../core/store/propagation.ts';
import { FLOW_LINE, firstInLine, leaveLine } from '../../core/store/ready.ts';
import type { CompiledJob } from '../compiled-jobs.ts';
import { draftOfRow } from './draft.ts';
import { type DraftingContext, nodeAt, type TaskDraft } from './draft-model.ts';
import { type Expandable, type Expansion, expand } from './expand.ts';
import { type FlowRow, loadFlowRows } from './flow-rows.ts';
import { producersFor } from './glob-producers.ts';
import { resolveNames } from './names.ts';
import { resolve } from './resolution.ts';
import { evaluationScope } from './scopes.ts';
import { writeDrafts } from './write.ts';

/** Tasks created in one transaction, about: a chain is never cut. */
const TASKS_PER_BATCH = 1_000;
const FLOWS_PER_BATCH = 500;

export interface ExpanderParts {
  readonly database: Database;
  readonly ids: Ids;
  readonly registry: ReadonlyMap<string, TaskType>;
  readonly areas: Areas;
}

interface Step {
  readonly row: FlowRow;
  readonly expansion: Expansion;
}

/** Returns how many flow tasks were worked on. */
export async function expandJob(parts: ExpanderParts, job: CompiledJob): Promise<number> {
  return await transact(parts.database, async (trx) => {
    if ((await lockJob(trx, job.id)) === undefined) return 0;
    const inLine = await firstInLine(trx, FLOW_LINE, job.id, { limit: FLOWS_PER_BATCH });
    const rows = await loadFlowRows(
      trx,
      job,
      inLine.map(({ id }) => id),
    );
    const batch = new Batch(parts, job, rows[0]?.id ?? 0);
    batch.work(rows);
    await batch.write(trx);
    return inLine.length;
  });
}

class Batch {
  readonly #parts: ExpanderParts;
  readonly #job: CompiledJob;
  readonly #context: DraftingContext;
  readonly #steps: Step[] = [];
  readonly #failed: { row: FlowRow; reason: string }[] = [];
  readonly #late: { row: FlowRow; draft: TaskDraft }[] = [];

  constructor(parts: ExpanderParts, job: CompiledJob, seed: number) {
    this.#parts = parts;
    this.#job = job;
    this.#context = {
      definition: job.definition,
      registry: parts.registry,
      listInputFiles: (glob) => listInputFiles(parts.areas, glob),
      seed,
      tasks: [],
      scopes: [],
    };
  }

  work(rows: readonly FlowRow[]): void {
    for (const row of rows) {
      const budget = TASKS_PER_BATCH - this.#context.tasks.length;
      if (budget <= 0) break;
      if (row.kind === 'work') this.#resolve(row);
      else this.#expand(row, budget);
    }
  }

  #expand(row: FlowRow, budget: number): void {
    const node = nodeAt(this.#job, row.node);
    const flow: Expandable = { ...row, node, scope: row.scope, created: row.created_children };
    const { tasks, scopes } = this.#context;
    const [tasksBefore, scopesBefore] = [tasks.length, scopes.length];
    try {
      this.#steps.push({ row, expansion: expand(this.#context, flow, budget) });
    } catch (error) {
      if (!(error instanceof EaselError)) throw error;
      tasks.length = tasksBefore;
      scopes.length = scopesBefore;
      this.#failed.push({
        row,
        reason: error.message.includes(node.path) ? error.message : `${node.path}: ${error.message}`,
      });
    }
  }

  /** A work task whose type or files depend on the metadata of others: now they are there. */
  #resolve(row: FlowRow): void {
    const draft = draftOfRow(row, nodeAt(this.#job, row.node));
    resolveNames(this.#context, draft, evaluationScope(this.#context, row.scope, row.requested));
    this.#context.tasks.push(draft);
    this.#late.push({ row, draft });
  }

  async write(trx: Transaction): Promise<void> {
    const { areas, ids } = this.#parts;
    const resolved = await resolve(
      trx,
      {
        jobId: this.#job.id,
        producers: this.#job.producers,
        inputFileExists: (address) => inputFile(areas, address) !== undefined,
        listInputFiles: (glob) => listInputFiles(areas, glob),
        producersFor: (consumer, candidates) =>
          producersFor(trx, { job: this.#job, tasks: this.#context.tasks }, consumer, candidates),
      },
      this.#context.tasks,
    );
    const counts = new CountChanges();
    const { scopes, tasks } = this.#context;
    const written = await writeDrafts(trx, { job: this.#job, ids, scopes, tasks, resolved, counts });
    await this.#leaveLine(trx);
    await changePendingFlows(trx, this.#job.id, written.pending - this.#settledFlows());
    await this.#advance(trx, counts);
    const ended = [...written.ended, ...(await this.#endRows(trx, counts))];
    const closed = await this.#close(trx, written.empty, counts);
    const ready = await propagate(trx, [...ended, ...closed], counts);
    await placeReady(trx, [...written.ready, ...ready], { direct: 0, ids, counts });
    await counts.write(trx);
  }

  #settledFlows(): number {
    return (
      this.#steps.filter(({ expansion }) => expansion.finished).length +
      this.#failed.length +
      this.#late.length
    );
  }

  async #leaveLine(trx: Transaction): Promise<void> {
    const left = [
      ...this.#steps.filter(({ row, expansion }) => expansion.finished || row.kind === 'do_while'),
      ...this.#failed,
      ...this.#late,
    ];
    await leaveLine(
      trx,
      FLOW_LINE,
      this.#job.id,
      left.map(({ row }) => row),
    );
  }

  async #advance(trx: Transaction, counts: CountChanges): Promise<void> {
    const going = this.#steps.filter((step) => !isLoopEnd(step));
    const fresh = going.filter(({ row }) => row.state === 'ready');
    await expandTasks(
      trx,
      fresh.map(({ row }) => row.id).sort((a, b) => a - b),
    );
    for (const { row } of fresh) counts.moved(row, 'ready', 'expanded');
    for (const group of Map.groupBy(
      going,
      ({ expansion }) => `${expansion.created} ${expansion.opened}`,
    ).values()) {
      const { created, opened } = group[0]?.expansion ?? { created: 0, opened: 0 };
      await trx.kysely
        .updateTable('tasks')
        .set((task) => ({
          open_children: task('open_children', '+', opened),
          created_children: task('created_children', '+', created),
        }))
        .where(
          'id',
          'in',
          group.map(({ row }) => row.id),
        )
        .execute();
    }
  }

  async #endRows(trx: Transaction, counts: CountChanges): Promise<EndedTask[]> {
    const over = this.#steps.filter(isLoopEnd).map(({ row }) => row);
    await closeTasks(
      trx,
      over.map(({ id }) => id),
      'ready',
    );
    for (const row of over) counts.moved(row, 'ready', 'done');
    for (const { row, reason } of this.#failed) {
      await endTasksBadly(trx, [row.id], { from: row.state, to: 'failed', reason });
      counts.moved(row, row.state, 'failed');
    }
    return [
      ...over.map((row): EndedTask => ({ ...row, state: 'done' })),
      ...this.#failed.map(({ row }): EndedTask => ({ ...row, state: 'failed' })),
    ];
  }

  /** Flow tasks that turned out to have no children. */
  async #close(trx: Transaction, drafts: readonly TaskDraft[], counts: CountChanges): Promise<EndedTask[]> {
    const rows = this.#steps.filter(({ row, expansion }) => {
      return (
        expansion.finished && !isLoopEnd({ row, expansion }) && row.created_children + expansion.created === 0
      );
    });
    const none = this.#steps.filter(
      ({ row, expansion }) => row.kind === 'conditional' && expansion.opened === 0 && expansion.created > 0,
    );
    const empty = [
      ...drafts.map(({ id }) => id),
      ...rows.map(({ row }) => row.id),
      ...none.map(({ row }) => row.id),
    ];
    const closing = (await lockTasks(trx, empty)).map((task) => ({ task, bad: 0, cause: null }));
    return (await closeFlows(trx, closing, counts)).ended;
  }
}

/** A do-while loop whose criterion says that it is over. */
function isLoopEnd({ row, expansion }: Step): boolean {
  return row.kind === 'do_while' && expansion.finished;
}
