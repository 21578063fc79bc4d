/**
 * What it takes to say why a task stands where it stands, in an installation of a million tasks without daemons: `explain`
 * on an open connection, the median of several times. Small jobs are brought into each situation by the functions of
 * schedulers and workers; then their loops are made as large as asked.
 */
import { openEngine } from '../../support/engine.ts';
import { Stage } from '../../support/stage.ts';
import { quantile } from '../quantile.ts';
import type { Figure } from '../scenario.ts';
import { widen } from './widened.ts';

interface Sizes {
  readonly iterations: number;
  readonly ready: number;
  readonly queued: number;
  readonly links: number;
}

const ASKED = 12;
const TARGET_MS = 50;
const SMOKE: Sizes = { iterations: 6_000, ready: 300, queued: 50, links: 40 };
/** An iteration is two tasks. */
const FULL: Sizes = { iterations: 500_000, ready: 30_000, queued: 5_000, links: 1_000 };

export async function measureWhy(databaseUrl: string, isSmoke: boolean): Promise<Figure[]> {
  const engine = await openEngine({ databaseUrl });
  try {
    const stage = new Stage(engine);
    const sizes = isSmoke ? SMOKE : FULL;
    return [
      ...(await measureWide(stage, sizes)),
      ...(await measureCrowd(stage, sizes)),
      ...(await measureLinks(stage, sizes)),
    ];
  } finally {
    await engine.close();
  }
}

const work = (name: string, keys: object = {}) => ({ task: 'null', duration: 0, name, ...keys });
const loop = (name: string, count: number, keys: object) => ({
  ...{ task: 'execution_for_loop', name, parameter: 'i', linear_range: [1, count, count] },
  ...keys,
});
const made = (name: string) => ({ outputs: { o: `'${name}{i_index}.gz'.format(**metadata)` } });

/** A loop of which one iteration is open, wherever that stands, and what waits for it. */
async function measureWide(stage: Stage, { iterations }: Sizes): Promise<Figure[]> {
  await stage.play([
    loop('wide', 3, { task_list: [work('each', made('each'))] }),
    work('after', { requires_metadata_from: ['wide'] }),
    work('gather', { inputs: { i: 'each*.gz' } }),
    loop('later', 2, { requires_metadata_from: ['after'], task_list: [work('late', made('late'))] }),
    work('hopeful', { inputs: { i: 'late1.gz' } }),
  ]);
  const [one, two, three] = (await stage.engine.view(stage.jobId)).named('each');
  for (const each of [one, two]) await stage.perform(each?.id ?? 0);
  const running = await stage.begin(three?.id ?? 0);
  const view = await stage.engine.view(stage.jobId); // reads all tasks of the job: before there are many
  const [wide, after, gather, hopeful] = ['wide', 'after', 'gather', 'hopeful'].map(
    (name) => view.task(name).id,
  );
  const [middle, last] = [Math.floor(iterations / 2), iterations - 1];
  const free = [middle, last];
  const copies = await widen(stage, { loopId: wide ?? 0, iterations, free, stateAt: () => 'done' });
  const move = (position: number) =>
    stage.engine.kysely
      .updateTable('tasks')
      .set({ position })
      .where('id', '=', running.parent_id ?? 0)
      .execute();
  const of = `of ${iterations}`;
  const figures: Figure[] = [];
  const question = async (name: string, task = 0, expected = '') => {
    figures.push(await ask(stage, name, task, expected));
  };
  await move(last);
  await question(`loop: the last ${of} runs`, wide, 'expanded running');
  await question(`waits for a loop ${of}`, after, 'waiting running');
  await question(`waits for a glob over ${iterations}`, gather, 'waiting running');
  await question('wants what a later loop may make', hopeful, 'waiting running');
  await question('runs', running.id, 'running running');
  await question(`done, one ${of}`, copies.get(middle + 1), 'done done');
  await move(middle);
  await question(`loop: the middle one ${of} runs`, wide, 'expanded running');
  await hide(stage, running.id);
  await question(`loop: the middle one ${of} waits, found nowhere`, wide, 'expanded expanded');
  return figures;
}

/** The task stands in no hot table: as if it waited for another. */
async function hide(stage: Stage, id: number): Promise<void> {
  const { kysely } = stage.engine;
  await kysely.updateTable('tasks').set({ state: 'waiting', unmet: 1 }).where('id', '=', id).execute();
  await kysely.updateTable('attempts').set({ lease_until: null }).where('task_id', '=', id).execute();
}

/** Long lines and a long queue. */
async function measureCrowd(stage: Stage, { ready, queued }: Sizes): Promise<Figure[]> {
  await stage.play([loop('crowd', 1, { task_list: [work('each')] })]);
  await stage.appear({ role: 'worker' });
  await stage.appear({ role: 'scheduler' });
  const crowd = await stage.id('crowd');
  const stateAt = (position: number) => (position <= queued ? 'queued' : 'ready');
  const copies = await widen(stage, { loopId: crowd, iterations: 1 + queued + ready, stateAt });
  const at = (position: number) => copies.get(position) ?? 0;
  return [
    await ask(stage, `queued behind ${queued}`, at(queued), 'queued queued'),
    await ask(stage, `first in line of ${ready}`, at(queued + 1), 'ready ready'),
    await ask(stage, `last in line of ${ready}`, at(queued + ready), 'ready ready'),
    await ask(stage, `loop: ${queued + ready} open`, crowd, 'expanded queued'),
  ];
}

/** A long chain of tasks, each of which needs the one before. */
async function measureLinks(stage: Stage, { links }: Sizes): Promise<Figure[]> {
  const chain = Array.from({ length: links }, (_, at) =>
    work(`link_${at}`, at > 0 ? { requires_metadata_from: [`link_${at - 1}`] } : {}),
  );
  await stage.clear();
  await stage.play(chain);
  const tasks = await stage.engine.view(stage.jobId);
  const [first, last] = [tasks.task('link_0').id, tasks.task(`link_${links - 1}`).id];
  const waiting = await ask(stage, `waits behind ${links} that wait`, last, 'waiting queued');
  await stage.perform(first, { exitClass: 'error', error: 'kaputt' });
  return [
    waiting,
    await ask(stage, `blocked by a failure ${links} steps away`, last, 'blocked failed'),
    await ask(stage, 'failed', first, 'failed failed'),
  ];
}

/** @param expected the kinds of the first reason and of the last */
async function ask(stage: Stage, name: string, task: number, expected: string): Promise<Figure> {
  const times: number[] = [];
  for (let round = 0; round < ASKED; round++) {
    const begun = performance.now();
    const { steps, end } = await stage.why(task);
    const took = performance.now() - begun;
    const found = `${steps[0]?.reason.kind} ${steps.at(-1)?.reason.kind}`;
    if (found !== expected || end !== 'found') throw new Error(`${name}: found ${found} (${end})`);
    if (round > 0) times.push(took); // the first round warms the process
  }
  return { name, value: quantile(times, 0.5), unit: 'ms', target: { atMost: TARGET_MS } };
}
