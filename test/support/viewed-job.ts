/** A job with something of everything that pages show: nested loops, files, metadata, logs, failures of several kinds. */
import { nothing, program } from './engine.ts';

export const VIEWED_TYPES = `
picky:
  description: Writes what its quality control refuses.
  command: [sh, -c, 'echo 1 2 > {outputs.curve}']
  quality_control: [sh, -c, 'echo "only 3 points in a/b17.gz" >&2; exit 1']
  outputs: {curve: {}}
`;

export const VIEWED_JOB = {
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
