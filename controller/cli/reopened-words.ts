/** How commands count what they have tried again. */
import { plural } from '../../core/cli/format.ts';
import type { Reopened } from '../../core/store/reopening.ts';

export function describeReopened({ failed, blocked, cancelled, done }: Reopened): string {
  const redone = done === 0 ? '' : ` and ${plural(done, 'done task')}`;
  return `${failed} failed, ${blocked} blocked${redone === '' ? ' and' : ','} ${cancelled} cancelled tasks${redone}`;
}
