/**
 * How long work waits where nothing else goes on and both daemons have backed off: from the end of a task to the start of the one
 * that waits for it, and from a submission to the first start. The database's clock resolves milliseconds.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { EVERYWHERE } from '../combination.ts';
import { quantile } from '../quantile.ts';
import type { Scenario } from '../scenario.ts';

const WITHIN_MS = 60_000;
/** By then, looking is as rare as it becomes. */
const IDLE_MS = 3_000;

export const idleHop: Scenario = {
  name: 'idle-hop',
  combinations: EVERYWHERE,
  async run(bench, isSmoke) {
    const length = isSmoke ? 5 : 41;
    const { id } = await bench.run(slowChain(length, isSmoke ? 0.05 : 0.2), {
      tasks: length,
      withinMs: WITHIN_MS,
    });
    const times = await bench.attemptTimes(id);
    const hops = times.slice(1).map(({ position, startedAt }, at) => {
      const before = times[at];
      if (before === undefined || before.position !== position - 1)
        throw new Error('the chain ran out of its order');
      return startedAt - before.endedAt;
    });
    return [
      { name: 'end to next start, p50', value: quantile(hops, 0.5), unit: 'ms', target: { atMost: 10 } },
      { name: 'end to next start, p99', value: quantile(hops, 0.99), unit: 'ms', target: { atMost: 50 } },
    ];
  },
};

/** Longer than from ready to start: the expansion of the job is in it. */
export const idleStart: Scenario = {
  name: 'idle-start',
  combinations: EVERYWHERE,
  async run(bench, isSmoke) {
    const waits: number[] = [];
    for (let tries = isSmoke ? 2 : 10; tries > 0; tries--) {
      if (!isSmoke) await delay(IDLE_MS);
      const { id } = await bench.run(slowChain(1, 0), { tasks: 1, withinMs: WITHIN_MS });
      const [only] = await bench.attemptTimes(id);
      if (only === undefined) throw new Error('there was no attempt');
      waits.push(only.startedAt - only.submittedAt);
    }
    const target = { atMost: 250 };
    return [
      {
        name: `submission to start, longest of ${waits.length}`,
        value: Math.max(...waits),
        unit: 'ms',
        target,
      },
    ];
  },
};

function slowChain(length: number, duration: number): object {
  const task_list = Array.from({ length }, (_, at) => ({
    ...{ task: 'null', name: `link_${at}`, duration },
    ...(at > 0 && { requires_metadata_from: [`link_${at - 1}`] }),
  }));
  return { job_name: 'idle', task_list };
}
