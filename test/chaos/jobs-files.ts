/** Jobs whose tasks hand files to one another: every product holds what it was made of, so that a wrong input shows. */
import { done, exactJob, type Shape, writer } from './job.ts';

const MOST_STEPS = 8;

/** Each step writes its number before what the step before wrote. Listed backwards: the order is no order of execution. */
const chain: Shape = {
  ...{ name: 'chain', weight: 6 },
  make(name, dice) {
    const steps = dice.between(2, MOST_STEPS);
    const files: Record<string, string> = {};
    const tasks = Array.from({ length: steps }, (_, at) => {
      files[`step_${at}`] = `step ${at}\n${at === 0 ? '' : files[`step_${at - 1}`]}`;
      const inputs = at === 0 ? {} : { inputs: { before: `step_${at - 1}` } };
      return writer(`step ${at}`, `step ${at}`, { ...inputs, output: `step_${at}` });
    });
    const states = Object.fromEntries(tasks.map((_, at) => [`step ${at}`, done(1)]));
    return exactJob(name, { tasks: tasks.reverse(), states, files });
  },
};

/** A loop writes parts; one task gathers them by glob, another takes some by list, both written before the loop. */
const gather: Shape = {
  ...{ name: 'gather', weight: 5 },
  make(name, dice) {
    const parts = dice.between(3, 20);
    const partOf = (at: number) => `parts/${String(at).padStart(3, '0')}`;
    const contents = Array.from({ length: parts }, (_, at) => `part ${at}\n`);
    const some = [parts - 1, 0];
    const files: Record<string, string> = Object.fromEntries(
      contents.map((content, at) => [partOf(at), content]),
    );
    files.all = `all\n${contents.join('')}`;
    files.some = `some\n${some.map((at) => contents[at]).join('')}`;
    const tasks = [
      writer('some', 'some', { inputs: { parts: some.map(partOf) }, output: 'some' }),
      writer('all', 'all', { inputs: { parts: 'parts/*' }, output: 'all' }),
      {
        ...{ task: 'execution_for_loop', name: 'loop', parameter: 'i' },
        values: contents.map((_, at) => at),
        task_list: [
          writer('part', "('part {i}'.format(**metadata))", {
            output: "('parts/{i:03d}'.format(**metadata))",
          }),
        ],
      },
    ];
    const states = { some: done(1), all: done(1), loop: done(1), part: done(parts) };
    return exactJob(name, { tasks, states, files });
  },
};

/** Output metadata of a program decides the text of the next file, and the length of what is done in between. */
const metadata: Shape = {
  ...{ name: 'metadata', weight: 4 },
  make(name, dice) {
    const value = dice.below(1_000_000);
    const measure = `echo "writing $0"; printf '%s\\n' "$0" > "$1"; printf '{{"value": %s}}' "$0" > "$EASEL_METADATA"`;
    const tasks = [
      {
        ...{ task: 'command', name: 'measure', value },
        command: ['sh', '-c', measure, '{settings.value}', '{outputs.o}'],
        outputs: { o: 'measured' },
      },
      {
        ...writer('report', "('found {}'.format(requested_metadata['measure']['value']))", {
          inputs: { measured: 'measured' },
          output: 'report',
        }),
        requires_metadata_from: ['measure'],
      },
    ];
    const files = { measured: `${value}\n`, report: `found ${value}\n${value}\n` };
    return exactJob(name, { tasks, states: { measure: done(1), report: done(1) }, files });
  },
};

export const FILE_SHAPES: readonly Shape[] = [chain, gather, metadata];
