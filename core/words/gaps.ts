/** Why a worker ran nothing, or had slots free, for a while: in words. */
import type { Gap, GapKind } from '../model/gaps/facts.ts';
import { plural } from './format.ts';

const WORDS: { readonly [K in GapKind]: (gap: Gap) => string } = {
  not_started: () => 'the worker had not started',
  stopped: () => 'the worker had stopped',
  silent: () => 'the worker was not heard of any more',
  database_away: () => 'the database did not answer',
  output_area_away: () => 'the output area could not be used',
  paused: ({ tasks }) => `paused: ${plural(tasks, 'task')} held back`,
  no_scheduler: () => 'no scheduler was alive',
  waiting: ({ tasks }) => `${plural(tasks, 'task')} of its class stood in line`,
  other_class: ({ classes }) =>
    `only classes that no worker offered were waited for: ${classes.map(({ worker_class, tasks }) => `${worker_class} (${plural(tasks, 'task')})`).join(', ')}`,
  no_work: () => 'no work for its class',
  unknown: () => 'nobody looked at the queue',
};

export function describeGap(gap: Gap): string {
  const why = WORDS[gap.kind](gap);
  return gap.is_idle ? why : `${plural(gap.free_slots, 'slot')} free: ${why}`;
}
