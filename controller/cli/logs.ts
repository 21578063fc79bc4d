/** `easel logs`: what a task said, while it runs and ever after. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { readCount, readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { type Colour, paint, stateColour } from '../../core/cli/style.ts';
import { type Reader, reading } from '../../core/db/transaction.ts';
import { LOG_LEVELS, type LogLevel } from '../../core/model/log-lines.ts';
import { ENDED } from '../../core/model/states.ts';
import { type AttemptView, findAttempt } from '../../core/store/attempt-views.ts';
import { readLogs } from '../../core/store/logs.ts';
import { findTask, type TaskView } from '../../core/store/task-views.ts';
import { formatDuration, formatImage, formatTime } from '../../core/words/format.ts';
import { firstLine, printable } from '../../core/words/text.ts';

const LOOK_EVERY_MS = 250;

interface Options {
  readonly attempt?: number;
  readonly level: LogLevel;
  readonly follow?: boolean;
  readonly json?: boolean;
}

export function registerLogs(program: Command, context: CommandContext): void {
  program
    .command('logs')
    .description('Show the log of a task: of its last attempt, or of the given one.')
    .argument('<task>', 'id of the task', readId)
    .option('--attempt <n>', 'number of the attempt, from 1', readCount)
    .addOption(
      new Option('--level <level>', 'only lines of this level and above')
        .choices(LOG_LEVELS)
        .default('debug'),
    )
    .option('--follow', 'go on until the attempt has ended')
    .option('--json', 'print JSON, one object per line')
    .addHelpText('after', '\nExample:\n  easel logs 1234 --level warning')
    .action(async (task: number, options: Options, command: Command) => {
      const stop = options.follow === true ? context.stopSignal() : undefined;
      await context.using(command, async ({ database }) => {
        await showLog(context, { reader: reading(database), taskId: task, options, stop });
      });
    });
}

interface Showing {
  readonly reader: Reader;
  readonly taskId: number;
  readonly options: Options;
  /** Follows until aborted; without it, shows what there is. */
  readonly stop: AbortSignal | undefined;
}

async function showLog(context: CommandContext, { reader, taskId, options, stop }: Showing): Promise<void> {
  let task = await findTask(reader, taskId);
  let attempt = await findAttempt(reader, taskId, options.attempt);
  while (attempt === undefined && stop?.aborted === false && !ENDED.includes(task.state)) {
    await pause(stop);
    task = await findTask(reader, taskId);
    attempt = await findAttempt(reader, taskId, options.attempt);
  }
  if (options.json !== true) context.print(header(task, attempt));
  if (attempt === undefined) return;
  let after = -1;
  let lines = 0;
  for (;;) {
    const { state } = (await findAttempt(reader, taskId, attempt.number)) ?? attempt; // read first: what came before its end is then seen
    const chunks = await readLogs(reader, attempt.id, after);
    for (const { content } of chunks) lines += printLines(context, content, options);
    after = chunks.at(-1)?.number ?? after;
    if (chunks.length > 0) continue;
    if (stop === undefined || stop.aborted || (state !== 'queued' && state !== 'running')) break;
    await pause(stop);
  }
  if (lines === 0 && options.json !== true)
    context.print(`(no log lines${options.level === 'debug' ? '' : ` of level ${options.level} or above`})`);
}

async function pause(stop: AbortSignal): Promise<void> {
  await delay(LOOK_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
}

function header(task: TaskView, attempt: AttemptView | undefined): string {
  const { id, type, state, attempts } = task;
  const where = `task ${id} ${printable(type)}: ${paint(stateColour(state), state)}`;
  if (attempt === undefined) {
    const reason = task.reason === null ? `\`easel why ${id}\` says why` : firstLine(task.reason);
    return `${where}; never tried, so there is no log (${reason})`;
  }
  const { number, host, image, started_at, ended_at, now, exit_class } = attempt;
  const took = started_at === null ? '' : `, ${formatDuration((ended_at ?? Number(now)) - started_at)}`;
  const within = image === null ? '' : ` in ${printable(formatImage(image))}`;
  const on = host === null ? '' : ` on ${printable(host)}${within}`;
  const how = exit_class === null ? '' : ` (${exit_class})`;
  return `${where}; attempt ${number} of ${attempts}${on}: ${attempt.state}${how}${took}`;
}

const COLOURS: Partial<Record<LogLevel, Colour>> = { debug: 'dim', warning: 'yellow', error: 'red' };

/** Returns how many lines were printed. */
function printLines(context: CommandContext, content: string, { level: least, json }: Options): number {
  let printed = 0;
  for (const text of content.split('\n')) {
    if (text === '') continue;
    const { at, level, message } = JSON.parse(text) as { at: number; level: LogLevel; message: string };
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) continue;
    const colour = COLOURS[level];
    const line = colour === undefined ? printable(message) : paint(colour, `${level}: ${printable(message)}`);
    context.print(json === true ? text : `${paint('dim', formatTime(at))} ${line}`);
    printed++;
  }
  return printed;
}
