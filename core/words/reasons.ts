/** Why a task stands where it stands, in words: of each reason a gist, which goes on after "is STATE", and details. */
import type { Bounded, Cancellation, Need, Reason, Try } from '../store/explanation.ts';
import type { TaskRef } from '../store/task-views.ts';
import type { TimeLimit } from '../store/time-limits.ts';
import { formatCount, formatDuration, formatImage, plural } from './format.ts';
import { instant, join, type Line, line, nameWithState } from './line.ts';
import { describePause } from './pauses.ts';
import { firstLine } from './text.ts';

export interface ReasonWords {
  readonly gist: Line;
  /** A line each. */
  readonly details: readonly Line[];
}

type Describe<K extends Reason['kind']> = (reason: Extract<Reason, { kind: K }>) => ReasonWords;

const WORDS: { readonly [K in Reason['kind']]: Describe<K> } = {
  waiting: ({ unmet, needs, retry }) => {
    const left = unmet - needs.length - (retry === null ? 0 : 1);
    const more = left > 0 && needs.length > 0 ? [line`and ${formatCount(left)} more`] : [];
    const details = [...needs.map(describeNeed), ...more];
    if (retry !== null) return { gist: line`: ${describeRetry(retry)}`, details };
    const [only] = needs;
    const things = plural(unmet, 'thing');
    if (only === undefined)
      return { gist: line` for ${things}, but nothing is found that it waits for`, details: [] };
    if (unmet === 1) return { gist: line` for ${describeNeed(only)}`, details: [] };
    return { gist: line` for ${things}`, details };
  },
  ready: (reason) => {
    const { worker_class, before, other_jobs, schedulers, workers, in_line, type_known, class_known } =
      reason;
    const to = worker_class === null ? 'to be expanded' : `for the queue of class "${worker_class}"`;
    const others =
      other_jobs.count === 0 ? '' : `; ${bounded(other_jobs)} other job(s) take turns with its own`;
    const place = line`it stands in line ${to}, ${bounded(before)} task(s) of its job before it${others}`;
    const isNobodyThere = worker_class !== null && workers === 0;
    return firstIsGist([
      ...reason.pauses.map(describePause),
      ...(in_line ? [] : [['it stands in no line, so nobody will find it']]),
      ...(class_known ? [] : [[`no task type of the registry has the class "${worker_class}"`]]),
      ...(type_known ? [] : [noType(reason.type)]),
      ...(schedulers === 0 ? [['no scheduler is alive']] : []),
      ...(in_line ? [place] : []),
      ...(isNobodyThere ? [[`no worker of class "${worker_class}" is alive either`]] : []),
    ]);
  },
  queued: (reason) => {
    const { worker_class, queued_ms, ahead, workers, slots, in_queue, type_known } = reason;
    const alive = `${plural(workers, 'worker')} of that class alive, ${plural(slots, 'slot')}`;
    return firstIsGist([
      ...reason.pauses.map(describePause),
      ...(in_queue ? [] : [['it has no place in the queue, so nobody will find it']]),
      ...(type_known ? [] : [noType(reason.type)]),
      ...(workers === 0 ? [[`no worker of class "${worker_class}" is alive`]] : []),
      line`for ${formatDuration(queued_ms)}, ${bounded(ahead)} ahead of it in the queue of class "${worker_class}"`,
      ...(workers === 0 ? [] : [[alive]]),
      ...describeLimit(reason.limit, 'it may wait there for'),
    ]);
  },
  running: (reason) => {
    const { attempt, worker_id, host, image, pid, started_at, running_ms, lease_left_ms, cancellation } =
      reason;
    const worker = `${host ?? 'an unknown host'} (process ${pid ?? '?'}, worker ${worker_id ?? '?'})${inImage(image)}`;
    const since = started_at === null ? '' : line` since ${instant(started_at)}`;
    const nobody = reason.schedulers === 0 ? ', and no scheduler is alive' : '';
    const silent = `its worker is silent, its lease ran out ${formatDuration(-lease_left_ms)} ago${nobody}`;
    return firstIsGist([
      ...(lease_left_ms >= 0 ? [] : [[silent]]),
      ...(cancellation === null ? [] : [describeCancellation(cancellation)]),
      line`attempt ${attempt} on ${worker}${since}, for ${formatDuration(running_ms)}`,
      ...(lease_left_ms >= 0 ? [[`its worker's lease has ${formatDuration(lease_left_ms)} left`]] : []),
      ...describeLimit(reason.limit, 'it may run for'),
    ]);
  },
  expanded: (reason) => {
    const { open_children, bad_children, created_children, creating, open, bad, schedulers } = reason;
    const badly = bad_children > 0 ? `, ${formatCount(bad_children)} ended badly` : '';
    const created = `${formatCount(created_children)} of its children are created so far`;
    const unseen = 'open: none of those at either end, in a line, in the queue or with a worker';
    return {
      gist: line`: ${formatCount(open_children)} of its children have not ended${badly}`,
      details: [
        ...(reason.cancellation === null ? [] : [describeCancellation(reason.cancellation)]),
        ...reason.pauses.map(describePause),
        ...(creating && schedulers === 0 ? [[`${created}, and no scheduler is alive to create more`]] : []),
        ...(creating && schedulers > 0 ? [[`${created}, a scheduler creates more`]] : []),
        ...listed('open', open, open_children),
        ...(open.length === 0 && open_children > 0 ? [[unseen]] : []),
        ...listed('bad', bad, bad_children),
      ],
    };
  },
  failed: ({ error, attempts, tries, refused, cause }) => {
    const [last, ...before] = tries;
    if (last === undefined) {
      const because = cause === null ? '' : line` because of ${nameWithState(cause)}`;
      return { gist: line`${because}${error === null ? '' : `: ${firstLine(error)}`}`, details: [] };
    }
    const earlier = attempts > tries.length && before.length > 0 ? attempts - tries.length : 0;
    return {
      gist: line` after ${plural(attempts, 'attempt')} (${describeExit(last)})`,
      details: [
        ...errorLines(error),
        ...refused.map(
          ({ output, address, why }) =>
            line`product "${output}" (${address}) did not pass: ${firstLine(why ?? 'no reason was given')}`,
        ),
        ...(before.length === 0 ? [] : tries.map(describeTry)),
        ...(earlier > 0 ? [line`and ${plural(earlier, 'earlier attempt')}`] : []),
      ],
    };
  },
  blocked: ({ error, cause }) => ({
    gist: line`: it can never run${cause === null ? '' : line`, because of ${nameWithState(cause)}`}`,
    details: errorLines(error),
  }),
  cancelled: ({ error, cause }) => ({
    gist: cause === null ? [] : line`, because of ${nameWithState(cause)}`,
    details: errorLines(error),
  }),
  not_taken: ({ error, parent }) => ({
    gist: parent === null ? [] : line`: ${nameWithState(parent)} chose the other branch`,
    details: errorLines(error),
  }),
  done: ({ attempts, ended_at }) => {
    const since = ended_at === null ? '' : line` since ${instant(ended_at)}`;
    return { gist: line`${since}${attempts > 1 ? `, after ${attempts} attempts` : ''}`, details: [] };
  },
};

export function describeReason(reason: Reason): ReasonWords {
  const words = WORDS[reason.kind] as Describe<Reason['kind']>;
  return words(reason);
}

/** What matters most comes first. */
function firstIsGist([first = [], ...details]: readonly Line[]): ReasonWords {
  return { gist: line`: ${first}`, details };
}

const noType = (type: string) => line`the registry has no task type "${type}"`;

const describeCancellation = ({ reason, requested_ms }: Cancellation) =>
  line`it was asked to stop ${formatDuration(requested_ms)} ago (${reason})`;

function describeLimit(limit: TimeLimit, what: string): Line[] {
  if (limit === null) return [];
  return [line`${what} ${limit === 'expression' ? 'as long as an expression says' : formatDuration(limit)}`];
}

function describeRetry({ due_ms, last }: { due_ms: number; last: Try | null }): Line {
  const after = last === null ? '' : `, after attempt ${last.attempt} failed (${describeExit(last)})`;
  return due_ms > 0
    ? line`it is tried again in ${formatDuration(due_ms)}${after}`
    : line`its next try has been due for ${formatDuration(-due_ms)}${after}`;
}

function describeExit({ exit_class, exit_code, exit_signal }: Try): string {
  const status = exit_code === null ? '' : `, exit code ${exit_code}`;
  return `${exit_class ?? 'error'}${status}${exit_signal === null ? '' : `, signal ${exit_signal}`}`;
}

const inImage = (image: string | null) => (image === null ? '' : ` in ${formatImage(image)}`);

function describeTry(each: Try): Line {
  const where = each.host === null ? '' : ` on ${each.host}${inImage(each.image)}`;
  const when = each.ended_at === null ? '' : line` at ${instant(each.ended_at)}`;
  return line`attempt ${each.attempt}: ${each.state} (${describeExit(each)})${where}${when}`;
}

function describeNeed(need: Need): Line {
  if (need.kind === 'wanted') {
    const sources = need.sources.map((source) => [nameWithState(source)]);
    const from =
      sources.length === 0
        ? 'nothing left in the job seems able to make it'
        : line`it may still come from ${join(sources, ', ')}`;
    return line`input "${need.name}" (${need.address}), which no task makes yet: ${from}`;
  }
  const task = nameWithState(need.task);
  if (need.kind === 'metadata')
    return line`${need.task.kind === 'work' ? 'the metadata of ' : 'the end of '}${task}`;
  const input = `input "${need.name}" (${need.address ?? ''})`;
  return need.kind === 'order'
    ? line`${input}: all that ${task} may still make`
    : line`${input}, a product of ${task}`;
}

function listed(title: string, tasks: readonly TaskRef[], total: number): Line[] {
  if (tasks.length === 0) return [];
  const more = total > tasks.length ? `, and ${formatCount(total - tasks.length)} more` : '';
  const names = tasks.map((task) => [nameWithState(task)]);
  return [line`${title}: ${join(names, ', ')}${more}`];
}

const ERROR_LINES = 6;

/** The first lines; the log has the rest. */
function errorLines(error: string | null): Line[] {
  if (error === null) return [];
  const lines = error.trim().split(/\r\n|[\r\n]/);
  const shown = lines.slice(0, ERROR_LINES).map((each) => [each]);
  return lines.length > ERROR_LINES ? [...shown, [`... ${lines.length - ERROR_LINES} more lines`]] : shown;
}

const bounded = ({ count, over }: Bounded) => `${over ? 'more than ' : ''}${formatCount(count)}`;
