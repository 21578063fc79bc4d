/**
 * The job files that a seeded installation has run, in the shapes of demo_jobs: loops over star and planet, chains of four or
 * five tasks in each, a follow-up where something was found, rounds until a result is good enough. Each of about as many tasks as asked.
 *
 * Names of files are text, or text with `{variable}` and `.format(**metadata)`: walk.ts fills in no more than that. A producer
 * stands before its consumers, and every loop's values are known without metadata of a task.
 */
import { HOSTILE } from './texts.ts';

export interface Recipe {
  readonly name: string;
  readonly job: { readonly job_name: string; readonly [key: string]: unknown };
  /** Work tasks, about. */
  readonly work: number;
  /** Iterations of its do-while loops. */
  readonly rounds: number;
}

export type RecipeMaker = (tasks: number, number: number) => Recipe;

const ROUNDS = 4;
const filled = (text: string) => `'${text}'.format(**metadata)`;
const after = (...names: string[]) => ({ requires_metadata_from: names });

/** Radius x period, what was found is followed up: results over two loop variables. */
const survey: RecipeMaker = (tasks, number) => {
  const side = Math.max(2, Math.round(Math.sqrt(tasks / 8.4)));
  const star = filled('star_{planet_radius_index}_{orbital_period_index}.lc.gz');
  const search = filled('search_{planet_radius_index}_{orbital_period_index}.csv');
  const body = [
    {
      ...{ task: 'synthesis_batman', name: 'observe', outputs: { lightcurve: star } },
      specs: { planet_radius: "(metadata['planet_radius'])", orbital_period: "(metadata['orbital_period'])" },
    },
    { task: 'verify', name: 'verify', inputs: { lightcurve: star } },
    {
      ...{ task: 'transit_search_bls_reference', name: 'search', ...after('verify') },
      ...{ inputs: { lightcurve: star }, outputs: { debugging: search } },
    },
    {
      ...{ task: 'execution_conditional', name: 'follow-up', ...after('search') },
      criterion: "(requested_metadata['search']['outcome'] == 'PASS')",
      task_list: [
        {
          ...{ task: 'binning', name: 'bin', cadence: 1800, inputs: { lightcurve: star } },
          outputs: { lightcurve: filled('binned_{planet_radius_index}_{orbital_period_index}.fits') },
        },
        {
          ...{ task: 'transit_search_tls', name: 'confirm' },
          inputs: { lightcurve: filled('binned_{planet_radius_index}_{orbital_period_index}.fits') },
        },
      ],
      else_task_list: [{ task: 'null', name: 'note', duration: 0 }],
    },
  ];
  const last = side - 1;
  return {
    ...{ name: 'survey', work: side * side * 4.6 + 1, rounds: ROUNDS },
    job: {
      ...{ job_name: `survey of field ${number}: which planets a box search finds` },
      ...{ working_directory: `survey/field_${number}`, parameters: { count: side }, retries: 2 },
      task_list: [
        loop('radii', 'planet_radius', { log_range: [0.03, 0.15, "(metadata['count'])"] }, [
          loop('periods', 'orbital_period', { log_range: [2, 30, "(metadata['count'])"] }, body),
        ]),
        {
          ...{ task: 'null', name: 'report', duration: 1, ...after('radii') },
          ...{ inputs: { last: `star_${last}_${last}.lc.gz` }, outputs: { report: 'report.txt' } },
        },
      ],
    },
  };
};

/** One long loop: many children of one task. */
const sweep: RecipeMaker = (tasks, number) => {
  const count = Math.max(3, Math.round(tasks / 6));
  const file = (name: string) => filled(`${name}_{noise_index:05d}.lc.gz`);
  const body = [
    { task: 'synthesis_psls', name: 'observe', outputs: { lightcurve: file('star') } },
    {
      ...{ task: 'multiply', name: 'inject', outputs: { lightcurve: file('injected') } },
      inputs: { lightcurve_1: file('star'), lightcurve_2: 'transits.lc.gz' },
    },
    {
      ...{ task: 'transit_search_tls', name: 'search' },
      ...{ inputs: { lightcurve: file('injected') } },
    },
    {
      ...{ task: 'mask_transits', name: 'mask', ...after('search') },
      ...{ inputs: { lightcurve: file('injected') }, outputs: { lightcurve: file('masked') } },
      ...{ period: "(requested_metadata['search']['period'])", duration: 0.2, t0: 1.5 },
    },
    { task: 'verify', name: 'verify', inputs: { lightcurve: file('masked') } },
  ];
  return {
    ...{ name: 'sweep', work: count * 5 + 1, rounds: ROUNDS },
    job: {
      ...{
        job_name: `sweep ${number}: noise against depth`,
        working_directory: `sweep_${number}`,
        retries: 1,
      },
      task_list: [
        { task: 'synthesis_batman', name: 'transits', outputs: { lightcurve: 'transits.lc.gz' } },
        loop('noises', 'noise', { linear_range: [0.00001, 0.001, count] }, body),
      ],
    },
  };
};

/** Stars, each modelled in rounds until the error is small enough. */
const refine: RecipeMaker = (tasks, number) => {
  const stars = Math.max(2, Math.round(tasks / 15));
  const rounds = [
    {
      ...{
        task: 'null',
        name: 'step',
        duration: 1,
        metadata: { error: "(1 / 2 ** metadata['round_index'])" },
      },
      outputs: { model: filled('model_{star_index}_{round_index}.txt') },
    },
    {
      ...{ task: 'command', name: 'judge', command: ['true'] },
      inputs: { model: filled('model_{star_index}_{round_index}.txt') },
    },
  ];
  const body = [
    { task: 'synthesis_psls', name: 'observe', outputs: { lightcurve: filled('star_{star_index}.csv') } },
    {
      ...{ task: 'execution_do_while_loop', name: 'refine', iteration_name: 'round' },
      requires_metadata_from_child: ['step'],
      repeat_criterion: `(requested_metadata['step']['error'] > ${1 / 2 ** ROUNDS})`,
      task_list: rounds,
    },
  ];
  return {
    ...{ name: 'refine', work: stars * (1 + 2 * ROUNDS), rounds: ROUNDS },
    job: {
      ...{
        job_name: `refine ${number}: rounds until the error is small`,
        working_directory: `refine_${number}`,
      },
      task_list: [loop('stars', 'star', { linear_range: [1, stars, stars] }, body)],
    },
  };
};

/** Small, and full of what must be escaped. */
const hostile: RecipeMaker = () => ({
  ...{ name: 'hostile', work: HOSTILE.length * 3, rounds: ROUNDS },
  job: {
    ...{
      job_name: HOSTILE[0] ?? '',
      working_directory: `hostile/<b>&"'`,
      parameters: { greeting: HOSTILE[1] },
    },
    task_list: [
      loop(HOSTILE[0] ?? '', 'text', { values: [...HOSTILE] }, [
        ...HOSTILE.slice(0, 3).map((name, at) => ({
          ...{ task: 'null', name, duration: 0 },
          outputs: { [`<u>${at}</u>`]: filled(`<img src=x onerror=alert(${at})> & "{text_index}".txt`) },
        })),
      ]),
    ],
  },
});

function loop(name: string, parameter: string, values: object, task_list: readonly object[]): object {
  return { task: 'execution_for_loop', name, parameter, ...values, task_list };
}

export const RECIPES: Readonly<Record<'survey' | 'sweep' | 'refine' | 'hostile', RecipeMaker>> = {
  ...{ survey, sweep, refine, hostile },
};
