/** One task, then very many that wait for it, then one that waits for all of them. */
import { EVERYWHERE } from '../combination.ts';
import type { Scenario } from '../scenario.ts';

export const fan: Scenario = {
  name: 'fan',
  combinations: EVERYWHERE,
  async run(bench, isSmoke) {
    const width = isSmoke ? 50 : 5_000;
    const tasks = width + 2;
    const { id, tasksPerSecond } = await bench.run(fanJob(width), {
      tasks,
      withinMs: isSmoke ? 20_000 : 300_000,
    });
    const times = await bench.attemptTimes(id);
    const sink = times.at(-1);
    if (sink === undefined) throw new Error('there was no attempt');
    const lastEnd = times.slice(0, -1).reduce((latest, { endedAt }) => Math.max(latest, endedAt), 0);
    const wait = sink.startedAt - lastEnd;
    if (wait < 0)
      throw new Error(`the last task started ${-wait} ms before those that it waits for had ended`);
    return [
      { name: `1 -> ${width} -> 1`, value: tasksPerSecond, unit: 'tasks/s', target: { atLeast: 2_000 } },
      { name: 'last end to sink start', value: wait, unit: 'ms', target: { atMost: 50 } },
    ];
  },
};

function fanJob(width: number): object {
  const task = { task: 'null', duration: 0 };
  const loop = {
    task: 'execution_for_loop',
    parameter: 'at',
    linear_range: [1, width, width],
    task_list: [task],
  };
  return {
    job_name: 'fan',
    task_list: [
      { ...task, name: 'root' },
      { ...loop, name: 'middle', requires_metadata_from: ['root'] },
      { ...task, requires_metadata_from: ['middle'] },
    ],
  };
}
