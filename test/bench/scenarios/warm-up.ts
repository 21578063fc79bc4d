/** Daemons live long, so what is measured is not their first job: a loop of single tasks, and one with a file. */
import type { BenchInstallation } from '../installation.ts';

const WITHIN_MS = 60_000;

export async function warmUp(bench: BenchInstallation, isSmoke: boolean): Promise<void> {
  const count = isSmoke ? 10 : 500;
  const file = "'warm_up_{at_index}.txt'.format(**metadata)";
  const task_list = [
    { task: 'null', duration: 0, name: 'first', outputs: { file } },
    { task: 'null', duration: 0, inputs: { file }, requires_metadata_from: ['first'] },
  ];
  const loop = { task: 'execution_for_loop', parameter: 'at', linear_range: [1, count, count], task_list };
  await bench.run({ job_name: 'warm-up', task_list: [loop] }, { tasks: 2 * count, withinMs: WITHIN_MS });
}
