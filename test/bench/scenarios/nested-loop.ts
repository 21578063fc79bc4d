/** A loop in a loop, small and large: the cost of one task must not grow with the job, nor the scheduler's memory. */
import { MYSQL_SQL, SQLITE_SQL } from '../combination.ts';
import { quantile } from '../quantile.ts';
import type { Scenario } from '../scenario.ts';

const BODY = 10;
const MEBIBYTE = 1024 * 1024;
const SMALL_RUNS = 3;

export const nestedLoop: Scenario = {
  name: 'nested-loop',
  combinations: [MYSQL_SQL, SQLITE_SQL],
  async run(bench, isSmoke) {
    const withinMs = isSmoke ? 20_000 : 900_000;
    const [smallSide, largeSide] = isSmoke ? [2, 4] : [10, 100];
    const cost = async (side: number) => {
      const tasks = side * side * BODY;
      return (await bench.run(nested(side), { tasks, withinMs })).elapsedMs / tasks;
    };
    const small: number[] = [];
    for (let run = 0; run < SMALL_RUNS; run++) small.push(await cost(smallSide));
    const large = await cost(largeSide);
    const memory = bench.schedulerPeakMemory;
    return [
      { name: `${largeSide ** 2 * BODY} tasks`, value: 1_000 / large, unit: 'tasks/s' },
      {
        name: `cost per task, to that of ${smallSide ** 2 * BODY}`,
        value: large / quantile(small, 0.5),
        unit: 'x',
        target: { atMost: 1.3 },
      },
      ...(memory === undefined
        ? []
        : [
            {
              name: 'peak memory of the scheduler',
              value: memory / MEBIBYTE,
              unit: 'MB' as const,
              target: { atMost: 250 },
            },
          ]),
    ];
  },
};

function nested(side: number): object {
  const body = Array.from({ length: BODY }, () => ({ task: 'null', duration: 0 }));
  const loop = (parameter: string, task_list: object[]) => ({
    ...{ task: 'execution_for_loop', parameter, linear_range: [1, side, side], task_list },
  });
  return { job_name: 'nested loop', task_list: [loop('outer', [loop('inner', body)])] };
}
