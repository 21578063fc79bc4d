/** The words of `easel why`: of each reason a gist, which goes on after "is STATE", and details, a line each. */
import { formatCount, formatDuration, formatInstant, plural } from '../../core/cli/format.ts';
import { describePause } from '../../core/cli/pauses.ts';
import { stateWord } from '../../core/cli/style.ts';
import { firstLine, printable } from '../../core/cli/terminal.ts';
import type { Bounded, Cancellation, Need, Reason, Try } from '../../core/store/explanation.ts';
import type { TaskRef } from '../../core/store/task-views.ts';
import type { TimeLimit } from '../../core/store/time-limits.ts';

export interface Words {
  readonly gist: string;
  readonly details: readonly string[];
}

export function nameTask({ id, label }: TaskRef): string {
  return `task ${id} ${printable(label)}`;
}

const named = (task: TaskRef) => `${nameTask(task)} (${stateWord(task.state)})`;

type Describe<K extends Reason['kind']> = (reason: Extract<Reason, { kind: K }>) => Words;

const WORDS: { readonly [K in Reason['kind']]: Describe<K> } = {
  waiting: ({ unmet, needs, retry }) => {
    const left = unmet - needs.length - (retry === null ? 0 : 1);
    const more = left > 0 && needs.length > 0 ? [`and ${formatCount(left)} more`] : [];
    if (retry !== null)
      return { gist: `: ${describeRetry(retry)}`, details: [...needs.map(describeNeed), ...more] };
    const [only] = needs;
    if (only === undefined)
      return { gist: ` for ${plural(unmet, 'thing')}, but nothing is found that it waits for`, details: [] };
    if (unmet === 1) return { gist: ` for ${describeNeed(only)}`, details: [] };
    return { gist: ` for ${plural(unmet, 'thing')}`, details: [...needs.map(describeNeed), ...more] };
  },
  ready: (reason) => {
    const { worker_class, before, other_jobs, schedulers, workers, in_line, type_known, class_known } =
      reason;
    const line = worker_class === null ? 'to be expanded' : `for the queue of class "${worker_class}"`;
    const others =
      other_jobs.count === 0 ? '' : `; ${bounded(other_jobs)} other job(s) take turns with its own`;
    const place = `it stands in line ${line}, ${bounded(before)} task(s) of its job before it${others}`;
    const isNobodyThere = worker_class !== null && workers === 0;
    return firstIsGist([
      ...reason.pauses.map(describePause),
      ...(in_line ? [] : ['it stands in no line, so nobody will find it']),
      ...(class_known ? [] : [`no task type of the registry has the class "${worker_class}"`]),
      ...(type_known ? [] : [noType(reason.type)]),
      ...(schedulers === 0 ? ['no scheduler is alive'] : []),
      ...(in_line ? [place] : []),
      ...(isNobodyThere ? [`no worker of class "${worker_class}" is alive either`] : []),
    ]);
  },
  queued: (reason) => {
    const { worker_class, queued_ms, ahead, workers, slots, in_queue, type_known } = reason;
    const place = `for ${formatDuration(queued_ms)}, ${bounded(ahead)} ahead of it in the queue of class "${worker_class}"`;
    return firstIsGist([
      ...reason.pauses.map(describePause),
      ...(in_queue ? [] : ['it has no place in the queue, so nobody will find it']),
      ...(type_known ? [] : [noType(reason.type)]),
      ...(workers === 0 ? [`no worker of class "${worker_class}" is alive`] : []),
      place,
      ...(workers === 0
        ? []
        : [`${plural(workers, 'worker')} of that class alive, ${plural(slots, 'slot')}`]),
      ...describeLimit(reason.limit, 'it may wait there for'),
    ]);
  },
  running: (reason) => {
    const { attempt, worker_id, host, pid, started_at, running_ms, lease_left_ms, cancellation } = reason;
    const worker = `${printable(host ?? 'an unknown host')} (process ${pid ?? '?'}, worker ${worker_id ?? '?'})`;
    const since = started_at === null ? '' : ` since ${formatInstant(started_at)}`;
    return firstIsGist([
      ...(lease_left_ms >= 0
        ? []
        : [
            `its worker is silent, its lease ran out ${formatDuration(-lease_left_ms)} ago${reason.schedulers === 0 ? ', and no scheduler is alive' : ''}`,
          ]),
      ...(cancellation === null ? [] : [describeCancellation(cancellation)]),
      `attempt ${attempt} on ${worker}${since}, for ${formatDuration(running_ms)}`,
      ...(lease_left_ms >= 0 ? [`its worker's lease has ${formatDuration(lease_left_ms)} left`] : []),
      ...describeLimit(reason.limit, 'it may run for'),
    ]);
  },
  expanded: (reason) => {
    const { open_children, bad_children, created_children, creating, open, bad, schedulers } = reason;
    const badly = bad_children > 0 ? `, ${formatCount(bad_children)} ended badly` : '';
    const created = `${formatCount(created_children)} of its children are created so far`;
    return {
      gist: `: ${formatCount(open_children)} of its children have not ended${badly}`,
      details: [
        ...(reason.cancellation === null ? [] : [describeCancellation(reason.cancellation)]),
        ...reason.pauses.map(describePause),
        ...(creating && schedulers === 0 ? [`${created}, and no scheduler is alive to create more`] : []),
        ...(creating && schedulers > 0 ? [`${created}, a scheduler creates more`] : []),
        ...listed('open', open, open_children),
        ...(open.length === 0 && open_children > 0
          ? ['open: none of those at either end, in a line, in the queue or with a worker']
          : []),
        ...listed('bad', bad, bad_children),
      ],
    };
  },
  failed: ({ error, attempts, tries, refused, cause }) => {
    const [last, ...before] = tries;
    if (last === undefined) {
      const because = cause === null ? '' : ` because of ${named(cause)}`;
      return { gist: `${because}${error === null ? '' : `: ${firstLine(error)}`}`, details: [] };
    }
    return {
      gist: ` after ${plural(attempts, 'attempt')} (${describeExit(last)})`,
      details: [
        ...errorLines(error),
        ...refused.map(
          ({ output, address, why }) =>
            `product "${printable(output)}" (${printable(address)}) did not pass: ${firstLine(why ?? 'no reason was given')}`,
        ),
        ...(before.length === 0 ? [] : tries.map(describeTry)),
        ...(attempts > tries.length && before.length > 0
          ? [`and ${plural(attempts - tries.length, 'earlier attempt')}`]
          : []),
      ],
    };
  },
  blocked: ({ error, cause }) => ({
    gist: `: it can never run${cause === null ? '' : `, because of ${named(cause)}`}`,
    details: errorLines(error),
  }),
  cancelled: ({ error, cause }) => ({
    gist: cause === null ? '' : `, because of ${named(cause)}`,
    details: errorLines(error),
  }),
  not_taken: ({ error, parent }) => ({
    gist: parent === null ? '' : `: ${named(parent)} chose the other branch`,
    details: errorLines(error),
  }),
  done: ({ attempts, ended_at }) => ({
    gist: `${ended_at === null ? '' : ` since ${formatInstant(ended_at)}`}${attempts > 1 ? `, after ${attempts} attempts` : ''}`,
    details: [],
  }),
};

export function describeReason(reason: Reason): Words {
  const words = WORDS[reason.kind] as Describe<Reason['kind']>;
  return words(reason);
}

/** What matters most comes first. */
function firstIsGist([first = '', ...details]: readonly string[]): Words {
  return { gist: `: ${first}`, details };
}

const noType = (type: string) => `the registry has no task type "${printable(type)}"`;

const describeCancellation = ({ reason, requested_ms }: Cancellation) =>
  `it was asked to stop ${formatDuration(requested_ms)} ago (${printable(reason)})`;

function describeLimit(limit: TimeLimit, what: string): string[] {
  if (limit === null) return [];
  return [`${what} ${limit === 'expression' ? 'as long as an expression says' : formatDuration(limit)}`];
}

function describeRetry({ due_ms, last }: { due_ms: number; last: Try | null }): string {
  const after = last === null ? '' : `, after attempt ${last.attempt} failed (${describeExit(last)})`;
  return due_ms > 0
    ? `it is tried again in ${formatDuration(due_ms)}${after}`
    : `its next try has been due for ${formatDuration(-due_ms)}${after}`;
}

function describeExit({ exit_class, exit_code, exit_signal }: Try): string {
  const code = exit_code === null ? '' : `, exit code ${exit_code}`;
  const signal = exit_signal === null ? '' : `, signal ${printable(exit_signal)}`;
  return `${exit_class ?? 'error'}${code}${signal}`;
}

function describeTry(each: Try): string {
  const where = each.host === null ? '' : ` on ${printable(each.host)}`;
  const when = each.ended_at === null ? '' : ` at ${formatInstant(each.ended_at)}`;
  return `attempt ${each.attempt}: ${each.state} (${describeExit(each)})${where}${when}`;
}

function describeNeed(need: Need): string {
  if (need.kind === 'wanted') {
    const from = need.sources.map(named);
    const sources =
      from.length === 0
        ? 'nothing left in the job seems able to make it'
        : `it may still come from ${from.join(', ')}`;
    return `input "${printable(need.name)}" (${printable(need.address)}), which no task makes yet: ${sources}`;
  }
  const whole = need.task.kind === 'work' ? '' : 'the end of ';
  if (need.kind === 'metadata') return `${whole || 'the metadata of '}${named(need.task)}`;
  if (need.kind === 'order')
    return `input "${printable(need.name)}" (${printable(need.address ?? '')}): all that ${named(need.task)} may still make`;
  return `input "${printable(need.name)}" (${printable(need.address ?? '')}), a product of ${named(need.task)}`;
}

function listed(title: string, tasks: readonly TaskRef[], total: number): string[] {
  if (tasks.length === 0) return [];
  const more = total > tasks.length ? `, and ${formatCount(total - tasks.length)} more` : '';
  return [`${title}: ${tasks.map(named).join(', ')}${more}`];
}

const ERROR_LINES = 6;

/** The first lines; the log has the rest. */
function errorLines(error: string | null): string[] {
  if (error === null) return [];
  const lines = error.trim().split(/\r\n|[\r\n]/);
  const shown = lines.slice(0, ERROR_LINES).map(printable);
  return lines.length > ERROR_LINES ? [...shown, `... ${lines.length - ERROR_LINES} more lines`] : shown;
}

const bounded = ({ count, over }: Bounded) => `${over ? 'more than ' : ''}${formatCount(count)}`;
