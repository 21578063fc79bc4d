/** Jobs of flow tasks: loops of thousands, loops in loops, decisions, repetition, and failures that are meant. */
import { done, exactJob, NULL_CONTENT, type Shape, writer } from './job.ts';

const nothing = (keys: object): object => ({ task: 'null', duration: 0, ...keys });

/** So many at once that it is expanded in batches, and one that waits for all of them. */
const largeLoop: Shape = {
  ...{ name: 'large loop', weight: 3 },
  make(name, dice) {
    const count = dice.between(500, 4_000);
    const tasks = [
      {
        ...{ task: 'execution_for_loop', name: 'loop', parameter: 'x', linear_range: [0, 1, count] },
        task_list: [nothing({ name: 'one' })],
      },
      { ...writer('after', 'after', { output: 'after' }), requires_metadata_from: ['loop'] },
    ];
    const states = { after: done(1), loop: done(1), one: done(count) };
    return exactJob(name, { tasks, states, files: { after: 'after\n' } });
  },
};

/** The product of each inner task is read by its neighbour, and all of a row by a gatherer. */
const nestedLoops: Shape = {
  ...{ name: 'nested loops', weight: 4 },
  make(name, dice) {
    const [rows, columns] = [dice.between(2, 8), dice.between(2, 8)];
    const files: Record<string, string> = {};
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        files[`${row}/a_${column}`] = NULL_CONTENT;
        files[`${row}/b_${column}`] = NULL_CONTENT;
      }
      files[`sums/${row}`] = `sum\n${NULL_CONTENT.repeat(columns)}`;
    }
    const file = (kind: string) => `('{row}/${kind}_{column_index}'.format(**metadata))`;
    const loop = (parameter: string, count: number, list: readonly object[]) => ({
      ...{ task: 'execution_for_loop', name: parameter, parameter },
      values: Array.from({ length: count }, (_, at) => at),
      task_list: list,
    });
    const inner = [
      nothing({ name: 'b', inputs: { a: file('a') }, outputs: { o: file('b') } }),
      nothing({ name: 'a', outputs: { o: file('a') } }),
    ];
    const sum = writer('sum', 'sum', {
      inputs: { all: "('{row}/b_*'.format(**metadata))" },
      output: "('sums/{row}'.format(**metadata))",
    });
    const all = done(rows * columns);
    const states = { row: done(1), column: done(rows), a: all, b: all, sum: done(rows) };
    const tasks = [loop('row', rows, [sum, loop('column', columns, inner)])];
    return exactJob(name, { tasks, states, files });
  },
};

/** What a task has found decides which list runs. */
const decisions: Shape = {
  ...{ name: 'decisions', weight: 4 },
  make(name, dice) {
    const values = Array.from({ length: dice.between(2, 12) }, () => dice.below(10));
    const low = values.filter((value) => value < 5).length;
    const files: Record<string, string> = {};
    for (const [at, value] of values.entries()) files[`${at}`] = `${value < 5 ? 'low' : 'high'}\n`;
    const write = (text: string) => writer(text, text, { output: "('{v_index}'.format(**metadata))" });
    const tasks = [
      {
        ...{ task: 'execution_for_loop', name: 'loop', parameter: 'v', values },
        task_list: [
          nothing({ name: 'look', metadata: { seen: "(metadata['v'])" } }),
          {
            ...{ task: 'execution_conditional', name: 'decide', requires_metadata_from: ['look'] },
            criterion: "(requested_metadata['look']['seen'] < 5)",
            task_list: [write('low')],
            else_task_list: [write('high')],
          },
        ],
      },
    ];
    const each = done(values.length);
    const states = {
      loop: done(1),
      look: each,
      decide: each,
      low: done(low),
      high: done(values.length - low),
    };
    return exactJob(name, { tasks, states, files });
  },
};

/** Round after round until a number has been reached; each round leaves a file. */
const repetition: Shape = {
  ...{ name: 'repetition', weight: 4 },
  make(name, dice) {
    const rounds = dice.between(1, 6);
    const files: Record<string, string> = { report: 'report\n' };
    for (let round = 1; round <= rounds; round++) files[`model_${round}`] = `round ${round}\n`;
    const tasks = [
      {
        ...{ task: 'execution_do_while_loop', name: 'refine', iteration_name: 'round' },
        requires_metadata_from_child: ['step'],
        repeat_criterion: `(requested_metadata['step']['round'] < ${rounds})`,
        task_list: [
          nothing({ name: 'step', metadata: { round: "(metadata['round_index'])" } }),
          writer('model', "('round {round_index}'.format(**metadata))", {
            output: "('model_{round_index}'.format(**metadata))",
          }),
        ],
      },
      { ...writer('report', 'report', { output: 'report' }), requires_metadata_from: ['refine'] },
    ];
    const states = { report: done(1), refine: done(1), step: done(rounds), model: done(rounds) };
    return exactJob(name, { tasks, states, files });
  },
};

/** Some fail by their own fault: what needs them is blocked, what does not goes on, and the job fails. */
const failures: Shape = {
  ...{ name: 'failures', weight: 4 },
  make(name, dice) {
    const count = dice.between(2, 10);
    const bad = dice.below(count);
    const files: Record<string, string> = { other: 'other\n' };
    for (let at = 0; at < count; at++) if (at !== bad) files[`good_${at}`] = 'good\n';
    const fails = {
      task: 'command',
      name: 'fails',
      command: ['sh', '-c', 'exit 3'],
      outputs: { o: 'never' },
    };
    const tasks = [
      nothing({ name: 'needs', inputs: { i: 'never' }, outputs: { o: 'neither' } }),
      nothing({ name: 'needs that', inputs: { i: 'neither' } }),
      ...[fails, writer('other', 'other', { output: 'other' })],
      {
        ...{ task: 'execution_for_loop', name: 'loop', parameter: 'i' },
        values: Array.from({ length: count }, (_, at) => at),
        task_list: [
          nothing({ name: 'asks', metadata: { q: `(1 / (metadata['i'] - ${bad}))` } }),
          {
            ...writer('good', 'good', { output: "('good_{i}'.format(**metadata))" }),
            requires_metadata_from: ['asks'],
          },
        ],
      },
      nothing({ name: 'after', requires_metadata_from: ['loop'] }),
    ];
    const states = {
      ...{ needs: ['blocked'], 'needs that': ['blocked'], fails: ['failed'], other: done(1) },
      ...{ loop: ['failed'], after: ['blocked'] },
      ...{ asks: [...done(count - 1), 'failed'], good: [...done(count - 1), 'blocked'] },
    };
    return exactJob(name, { tasks, states, files });
  },
};

export const FLOW_SHAPES: readonly Shape[] = [largeLoop, nestedLoops, decisions, repetition, failures];
