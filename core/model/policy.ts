/**
 * What is to be done about attempts that fail or take too long: `retries`, `retry_delay` and `timeout`. They may stand
 * at a task, at any task above it up to the job file itself, at the task's type, and in the installation's settings;
 * the nearest that says something holds, for each exit class and each kind of time by itself.
 */
import type { Definition } from './definition.ts';
import { EaselError } from './errors.ts';
import type { InstallationPolicy, PolicyKey, TypePolicy } from './policy-keys.ts';
import { EXIT_CLASSES, type ExitClass } from './states.ts';
import { fromPlain, isDict, type Plain, toJson, type Value } from './values.ts';

/** How often failures are followed by another attempt: the failures of `classes` are counted together. */
export interface Allowance {
  readonly retries: number;
  readonly classes: readonly ExitClass[];
  readonly delaySeconds: number;
  /** The class of workers it is tried again in; without one, that where it was. */
  readonly workerClass?: string;
}

export interface Policy {
  allowance(exitClass: ExitClass): Allowance;
  /** Seconds that an attempt may run, and that it may wait in the queue; undefined: for ever. */
  readonly runSeconds: number | undefined;
  readonly queueSeconds: number | undefined;
}

export interface PolicySources {
  readonly definition: Definition;
  readonly node: number;
  readonly type: TypePolicy | undefined;
  readonly installation: InstallationPolicy;
}

/** A number of retries does not speak of these: a lost worker is not the task's failure, a cancelled task is wanted ended. */
const APART: readonly ExitClass[] = ['lost', 'cancelled'];
const COUNTED = EXIT_CLASSES.filter((each) => !APART.includes(each));
const DEFAULT_DELAY_SECONDS = 1;
const LONGEST_DELAY_SECONDS = 3_600;

/** @param evaluate what a value written in the job file comes to; undefined where that cannot be known yet */
export function policyOf(
  sources: PolicySources,
  evaluate: (value: Value, path: string) => Value | undefined,
): Policy {
  const retries = read(sources, 'retries', evaluate);
  const timeout = read(sources, 'timeout', evaluate);
  const delays = read(sources, 'retry_delay', evaluate).map(numberOf);
  const delaySeconds = delays.find((each) => each !== undefined) ?? DEFAULT_DELAY_SECONDS;
  const time = (kind: 'queue' | 'run') =>
    timeout.map((rule) => timeOf(rule, kind)).find((each) => each !== undefined);
  const roomier = sources.type?.after_oom?.worker_class;
  const allowance = (exitClass: ExitClass): Allowance => {
    for (const rule of retries) {
      const allowed = allowedBy(rule, exitClass);
      if (allowed !== undefined) return { ...allowed, delaySeconds };
    }
    const byDefault = exitClass === 'lost' ? sources.installation.max_lost : 0;
    return { retries: byDefault, classes: [exitClass], delaySeconds };
  };
  return {
    allowance: (exitClass) => ({
      ...allowance(exitClass),
      ...(exitClass === 'oom' && roomier !== undefined && { workerClass: roomier }),
    }),
    runSeconds: time('run'),
    queueSeconds: time('queue'),
  };
}

/**
 * Milliseconds to wait before the next attempt, after so many that failed: twice as long each time, at most an hour,
 * between half and one and a half of it, so that what failed together is not tried again together. What was lost for
 * the first time has waited for the end of its lease already.
 */
export function retryDelayMs(
  { delaySeconds, classes }: Allowance,
  failures: number,
  random = Math.random(),
): number {
  if (classes.includes('lost') && failures <= 1) return 0;
  const longest = Math.max(LONGEST_DELAY_SECONDS, delaySeconds);
  const planned = Math.min(longest, delaySeconds * 2 ** Math.min(30, failures - 1));
  return Math.round(planned * 1_000 * (0.5 + random));
}

/** The nearest first. */
function read(
  { definition, node, type, installation }: PolicySources,
  key: PolicyKey,
  evaluate: (value: Value, path: string) => Value | undefined,
): Value[] {
  const found: Value[] = [];
  for (let at = definition.nodes[node]; at !== undefined; ) {
    const written = at.object[key];
    const value = written === undefined ? undefined : evaluate(written, `${at.path}.${key}`);
    if (value !== undefined) found.push(checked(value, `${at.path}.${key}`));
    at = at.parent === undefined ? undefined : definition.nodes[at.parent];
  }
  for (const defaults of [type, installation]) {
    const given = defaults?.[key];
    if (given !== undefined) found.push(fromPlain(given as Plain));
  }
  return found;
}

function allowedBy(rule: Value, exitClass: ExitClass): Omit<Allowance, 'delaySeconds'> | undefined {
  if (isDict(rule)) {
    const own = numberOf(rule[exitClass]);
    return own === undefined ? undefined : { retries: own, classes: [exitClass] };
  }
  const all = numberOf(rule);
  return all === undefined || APART.includes(exitClass) ? undefined : { retries: all, classes: COUNTED };
}

/** A number alone limits the run. */
function timeOf(rule: Value, kind: 'queue' | 'run'): number | undefined {
  if (isDict(rule)) return numberOf(rule[kind]);
  return kind === 'run' ? numberOf(rule) : undefined;
}

function numberOf(value: Value | undefined): number | undefined {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : undefined;
}

/** What an expression came to is known only now. */
function checked(value: Value, path: string): Value {
  for (const each of isDict(value) ? Object.values(value) : [value]) {
    const number = numberOf(each);
    if (number === undefined || !(number >= 0))
      throw new EaselError('task', `${path}: expected a number, 0 or more, found ${toJson(each)}`);
  }
  return value;
}
