/** A job with something of everything that pages show: nested loops, files, metadata, logs, failures of several kinds. */
import { expect } from 'vitest';
import { type Reader, reading } from '../../core/db/transaction.ts';
import { Definitions } from '../../core/store/definitions.ts';
import type { TestDatabase } from './databases.ts';
import { type Engine, nothing, program, startEngine } from './engine.ts';
import type { JobView } from './job-view.ts';

const VIEWED_TYPES = `
picky:
  description: Writes what its quality control refuses.
  command: [sh, -c, 'echo 1 2 > {outputs.curve}']
  quality_control: [sh, -c, 'echo "only 3 points in a/b17.gz" >&2; exit 1']
  outputs: {curve: {}}
`;

const VIEWED_JOB = {
  job_name: 'Views',
  parameters: { depth: 7 },
  task_list: [
    {
      ...{
        task: 'execution_for_loop',
        name: 'outer',
        parameter: 'x',
        values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
      },
      task_list: [
        {
          ...{ task: 'execution_for_loop', name: 'inner', parameter: 'y', values: ['a', 'b'] },
          task_list: [
            nothing({
              name: 'make',
              outputs: { o: "'maps/{x}/{y}.txt'.format(**metadata)" },
              metadata: { sum: '(metadata["x"] * 2)' },
            }),
            nothing({
              name: 'use',
              inputs: { i: "'maps/{x}/{y}.txt'.format(**metadata)" },
              outputs: { o: "'out/{x}{y}.txt'.format(**metadata)" },
            }),
          ],
        },
      ],
    },
    nothing({ name: 'last', inputs: { i: 'out/15b.txt' }, outputs: { o: 'summary.txt' } }),
    program(
      [
        'sh',
        '-c',
        'for i in 1 2 3 4 5 6 7 8 9; do echo "plain $i"; done; echo \'{{"level":"warning","message":"Careful NOW"}}\'',
      ],
      { name: 'talk' },
    ),
    program(['sh', '-c', 'echo "no file /data/x17.gz" >&2; exit 3'], { name: 'broken' }),
    program(['sh', '-c', 'echo "no file /data/x18.gz" >&2; exit 3'], { name: 'broken too' }),
    nothing({ name: 'unnameable', outputs: { o: "'{nothing}'.format(**metadata)" } }),
    { task: 'picky', name: 'refused', outputs: { curve: 'refused/curve.txt' } },
  ],
};

export interface ViewedJob {
  readonly engine: Engine;
  readonly reader: Reader;
  readonly definitions: Definitions;
  readonly jobId: number;
  readonly job: JobView;
}

/** Runs it to its end, and after it another that reads one of its products. */
export async function runViewedJob(create: () => Promise<TestDatabase>): Promise<ViewedJob> {
  const engine = await startEngine({ create, taskTypes: VIEWED_TYPES, defaults: { retries: 0 } });
  const jobId = await engine.submit(VIEWED_JOB);
  const job = await engine.end(jobId, 60_000);
  await engine.run({
    job_name: 'Later',
    task_list: [nothing({ name: 'again', inputs: { i: 'summary.txt' }, outputs: { o: 'maps/1/a.txt' } })],
  });
  const { database } = engine;
  return { engine, reader: reading(database), definitions: new Definitions(database), jobId, job };
}

/** What JSON cannot carry has no place in an answer. */
export function expectJson(answer: unknown): void {
  expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
}
