/** A job of the load, together with what must have come of it in the end, whatever went wrong on the way. */
import type { JobView } from '../support/job-view.ts';
import type { Dice } from './dice.ts';

export interface ChaosJob {
  readonly name: string;
  /** Text of the job file. */
  readonly text: string;
  /** Files of the input area that it reads. */
  readonly brings?: readonly string[];
  /** What is not as it must be, of a job that has ended; the content of its products apart. */
  judge(view: JobView): string[];
  /** Address -> content, of every product that a task of the job makes; undefined where null tasks make them. */
  readonly files: ReadonlyMap<string, string> | undefined;
}

export interface Shape {
  readonly name: string;
  readonly weight: number;
  /** @param name of the job, and of the directory that no other job writes to */
  make(name: string, dice: Dice): ChaosJob;
}

/** What `null` tasks write. */
export const NULL_CONTENT = 'written by a null task\n';

export interface Wanted {
  readonly tasks: readonly object[];
  /** Name -> states of all tasks of that name; those that are absent here must not exist. */
  readonly states: Readonly<Record<string, readonly string[]>>;
  /** File name in the job's directory -> content. */
  readonly files: Readonly<Record<string, string>>;
}

/** A job whose tasks must end in these states and no others. */
export function exactJob(name: string, { tasks, states, files }: Wanted): ChaosJob {
  const succeeds = Object.values(states).every((all) => all.every((each) => each === 'done'));
  return {
    name,
    text: jobText(name, tasks),
    judge: (view) => [
      ...compare('the job', view.state, succeeds ? 'succeeded' : 'failed'),
      ...compareStates(statesOf(view), states),
    ],
    files: new Map(Object.entries(files).map(([file, content]) => [`${name}/${file}`, content])),
  };
}

function jobText(name: string, tasks: readonly object[]): string {
  return JSON.stringify({ job_name: name, working_directory: name, task_list: tasks });
}

export function statesOf(view: JobView): Record<string, string[]> {
  const named = view.tasks.filter((task) => task.name !== undefined);
  const groups = Map.groupBy(named, (task) => task.name ?? '');
  return Object.fromEntries([...groups].map(([name, tasks]) => [name, tasks.map(({ state }) => state)]));
}

export function compareStates(
  real: Readonly<Record<string, readonly string[]>>,
  wanted: Readonly<Record<string, readonly string[]>>,
): string[] {
  const names = [...new Set([...Object.keys(real), ...Object.keys(wanted)])];
  return names.flatMap((name) =>
    compare(`tasks "${name}"`, summarise(real[name] ?? []), summarise(wanted[name] ?? [])),
  );
}

export function compare(what: string, real: string, wanted: string): string[] {
  return real === wanted ? [] : [`${what}: ${real}, not ${wanted}`];
}

/** `3 x done, 1 x failed` */
function summarise(states: readonly string[]): string {
  const groups = [...Map.groupBy(states, (state) => state)].sort();
  return groups.map(([state, all]) => `${all.length} x ${state}`).join(', ') || 'none';
}

export const done = (count: number): string[] => Array.from({ length: count }, () => 'done');

/** The log of every `writer`: one line that begins so. */
export const LOG_LINE = 'writing ';

/** A program that writes a line of text and then what it reads, in this order; it also says so. */
export function writer(name: string, text: string, files: { inputs?: object; output: string }): object {
  const reads = files.inputs === undefined ? [] : Object.keys(files.inputs).map((each) => `{inputs.${each}}`);
  const script =
    'text="$1"; out="$2"; shift 2; echo "writing $text"; {{ echo "$text"; test $# = 0 || cat "$@"; }} > "$out"';
  return {
    ...{ task: 'command', name, text },
    command: ['sh', '-c', script, 'sh', '{settings.text}', '{outputs.o}', ...reads],
    ...(files.inputs === undefined ? {} : { inputs: files.inputs }),
    outputs: { o: files.output },
  };
}
