/** The words of `easel why`. The first line goes on after "It is STATE", the others stand below it. */
import { formatCount, formatDuration, formatInstant, plural } from '../../core/cli/format.ts';
import { stateWord } from '../../core/cli/style.ts';
import { firstLine, printable } from '../../core/cli/terminal.ts';
import type { Bounded, Need, Reason } from '../../core/store/explanation.ts';
import type { TaskRef } from '../../core/store/task-views.ts';

export function nameTask({ id, label }: TaskRef): string {
  return `task ${id} ${printable(label)}`;
}

const named = (task: TaskRef) => `${nameTask(task)} (${stateWord(task.state)})`;

type Words<K extends Reason['kind']> = (reason: Extract<Reason, { kind: K }>) => string[];

const WORDS: { readonly [K in Reason['kind']]: Words<K> } = {
  waiting: ({ unmet, needs }) => {
    const left = unmet - needs.length;
    return [
      ` for ${plural(unmet, 'thing')}:`,
      ...needs.map(describeNeed),
      ...(left > 0 ? [`and ${formatCount(left)} more`] : []),
    ];
  },
  ready: ({ worker_class, before, other_jobs, schedulers }) => {
    const line = worker_class === null ? 'to be expanded' : `for the queue of class "${worker_class}"`;
    const others =
      other_jobs.count === 0 ? '' : `; ${bounded(other_jobs)} other job(s) take turns with its own`;
    return [
      `: it stands in line ${line}, ${bounded(before)} task(s) of its job before it${others}`,
      ...(schedulers === 0 ? ['no scheduler is alive'] : []),
    ];
  },
  queued: ({ worker_class, queued_ms, ahead, workers, slots }) => [
    `: for ${formatDuration(queued_ms)}, ${bounded(ahead)} ahead of it in the queue of class "${worker_class}"`,
    workers === 0
      ? `no worker alive offers class "${worker_class}"`
      : `${plural(workers, 'worker')} of that class alive, ${plural(slots, 'slot')}`,
  ],
  running: ({ attempt, host, pid, started_at, running_ms, lease_left_ms }) => [
    `: attempt ${attempt} on ${printable(host ?? 'an unknown host')} (process ${pid ?? '?'})${started_at === null ? '' : ` since ${formatInstant(started_at)}`}, for ${formatDuration(running_ms)}`,
    lease_left_ms >= 0
      ? `its worker's lease has ${formatDuration(lease_left_ms)} left`
      : `its worker's lease ran out ${formatDuration(-lease_left_ms)} ago: a scheduler will have it tried again`,
  ],
  expanded: ({ open_children, bad_children, open, bad }) => [
    `: ${formatCount(open_children)} of its children have not ended${bad_children > 0 ? `, ${formatCount(bad_children)} ended badly` : ''}`,
    ...listed('open', open, open_children),
    ...listed('bad', bad, bad_children),
  ],
  failed: ({ error, attempts, last, cause }) => {
    if (last === null)
      return [
        `${cause === null ? '' : ` because of ${named(cause)}`}${error === null ? '' : `: ${firstLine(error)}`}`,
      ];
    const code = last.exit_code === null ? '' : `, exit code ${last.exit_code}`;
    const signal = last.exit_signal === null ? '' : `, signal ${printable(last.exit_signal)}`;
    return [
      ` after ${plural(attempts, 'attempt')} (${last.exit_class ?? 'error'}${code}${signal})`,
      ...errorLines(error),
    ];
  },
  blocked: ({ error, cause }) => [
    `: it can never run${cause === null ? '' : `, because of ${named(cause)}`}`,
    ...errorLines(error),
  ],
  cancelled: ({ error, cause }) => [
    cause === null ? '' : `, because of ${named(cause)}`,
    ...errorLines(error),
  ],
  not_taken: ({ error, parent }) => [
    `${parent === null ? '' : `: ${named(parent)} chose the other branch`}`,
    ...errorLines(error),
  ],
  done: ({ attempts, ended_at }) => [
    `${ended_at === null ? '' : ` since ${formatInstant(ended_at)}`}${attempts > 1 ? `, after ${attempts} attempts` : ''}`,
  ],
};

export function describeReason(reason: Reason): string[] {
  const words = WORDS[reason.kind] as Words<Reason['kind']>;
  return words(reason);
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
  if (need.kind === 'metadata') return `the metadata of ${named(need.task)}`;
  if (need.kind === 'order')
    return `input "${printable(need.name)}": all that ${named(need.task)} may still make`;
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
