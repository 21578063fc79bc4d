/** Jobs built at random, which end as a pure model says (test/support/job-model.ts). */
import fc from 'fast-check';
import { broughtFile, nameOf, predict, writeJob } from '../support/job-model.ts';
import { allSpecs, specTrees } from '../support/job-trees.ts';
import type { JobView } from '../support/job-view.ts';
import { type ChaosJob, compare, compareStates, type Shape, statesOf } from './job.ts';

const SEEDS = 2 ** 30;
const EITHER = 'failed or blocked';

export const RANDOM_SHAPES: readonly Shape[] = [
  {
    ...{ name: 'random', weight: 12 },
    make(name, dice): ChaosJob {
      const [specs = []] = fc.sample(specTrees, { seed: dice.below(SEEDS), numRuns: 1 });
      const predicted = predict(specs);
      const isEither = (task: string) => predicted[task]?.includes(EITHER) === true;
      const rough = (states: Readonly<Record<string, readonly string[]>>) =>
        Object.fromEntries(
          Object.entries(states).map(([task, all]) => [
            task,
            all.map((state) => (isEither(task) && state !== 'done' ? EITHER : state)),
          ]),
        );
      const succeeds = specs.every((spec) => predicted[nameOf(spec)]?.join() === 'done');
      const judge = (view: JobView) => [
        ...compareStates(rough(statesOf(view)), rough(predicted)),
        ...compare('the job', view.state, succeeds ? 'succeeded' : 'failed'),
      ];
      const text = JSON.stringify({ job_name: name, ...writeJob(specs, name) });
      const brings = allSpecs(specs).map((spec) => broughtFile(spec, name));
      return { name, text, brings, judge, files: undefined };
    },
  },
];
