/** Jobs of tasks that last: longer than a lease, or long enough for a fault to meet them. */
import { done, exactJob, NULL_CONTENT, type Shape } from './job.ts';

const LEASE_S = 3;
/** Writes half of its file, takes its time, and writes the rest. */
const LAST = 'echo half > "$0"; sleep "$1"; echo whole >> "$0"';

/** Null tasks that hold their slots for a while. */
const waits: Shape = {
  ...{ name: 'waits', weight: 4 },
  make(name, dice) {
    const count = dice.between(5, 40);
    const files = Object.fromEntries(Array.from({ length: count }, (_, at) => [`${at}`, NULL_CONTENT]));
    const tasks = [
      {
        ...{ task: 'execution_for_loop', name: 'loop', parameter: 'i' },
        values: Array.from({ length: count }, () => dice.between(50, 500) / 1_000),
        task_list: [
          {
            ...{ task: 'null', name: 'wait', duration: "(metadata['i'])" },
            outputs: { o: "('{i_index}'.format(**metadata))" },
          },
        ],
      },
    ];
    return exactJob(name, { tasks, states: { loop: done(1), wait: done(count) }, files });
  },
};

/** A program that lasts longer than a lease. */
const long: Shape = {
  ...{ name: 'long', weight: 3 },
  make(name, dice) {
    const seconds = LEASE_S + dice.between(1, 20) / 10;
    const command = ['sh', '-c', LAST, '{outputs.o}', '{settings.seconds}'];
    const task = { task: 'command', name: 'long', seconds, command, outputs: { o: 'long' } };
    return exactJob(name, { tasks: [task], states: { long: done(1) }, files: { long: 'half\nwhole\n' } });
  },
};

/** Long enough to be met by whoever kills programs. Each has an heir, which reads what it made. */
const victims: Shape = {
  ...{ name: 'victims', weight: 6 },
  make(name, dice) {
    const count = dice.between(1, 4);
    const files: Record<string, string> = {};
    for (let at = 0; at < count; at++) {
      files[`victim_${at}`] = 'half\nwhole\n';
      files[`heir_${at}`] = NULL_CONTENT;
    }
    const tasks = Array.from({ length: count }, (_, at) => [
      {
        ...{ task: 'command', name: 'victim', seconds: dice.between(5, 30) / 10 },
        command: ['sh', '-c', LAST, '{outputs.o}', '{settings.seconds}'],
        outputs: { o: `victim_${at}` },
      },
      {
        ...{ task: 'null', name: 'heir', duration: 0 },
        ...{ inputs: { i: `victim_${at}` }, outputs: { o: `heir_${at}` } },
      },
    ]).flat();
    return exactJob(name, { tasks, states: { victim: done(count), heir: done(count) }, files });
  },
};

export const SLOW_SHAPES: readonly Shape[] = [waits, long, victims];
