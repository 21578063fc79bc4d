/** How many tasks are, or would be, tried again: in words. */
import type { Reopened } from '../store/reopening.ts';
import { plural } from './format.ts';

export function describeReopened({ failed, blocked, cancelled, done }: Reopened): string {
  const redone = done === 0 ? '' : ` and ${plural(done, 'done task')}`;
  return `${failed} failed, ${blocked} blocked${redone === '' ? ' and' : ','} ${cancelled} cancelled tasks${redone}`;
}
