/**
 * Reading of settings and inputs by the science task types: each reader answers with a value of the right kind or
 * fails with a message that names the setting, what it has and what it should have.
 */
import { LIGHT_CURVE_FORMATS, type LightCurveFormat } from '../core/light-curve/formats.ts';
import { EaselError } from '../core/model/errors.ts';
import type { Plain } from '../core/model/values.ts';
import type { InputFile, TaskContext } from './task-module.ts';

export type Settings = { readonly [key: string]: Plain };

export interface NumberRule {
  readonly default?: number;
  /** The value must be at least (`min`), or more than (`above`), or less than (`below`) this. */
  readonly min?: number;
  readonly above?: number;
  readonly below?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** The number at `settings[key]`, or its default. `group` is the name of the object that holds the setting. */
export function readNumber(settings: Settings, key: string, rule: NumberRule, group?: string): number {
  const value = readOptionalNumber(settings, key, rule, group) ?? rule.default;
  if (value === undefined) throw settingError(key, group, 'is missing');
  return value;
}

/** Undefined where the setting is absent or null. */
export function readOptionalNumber(
  settings: Settings,
  key: string,
  rule: NumberRule,
  group?: string,
): number | undefined {
  const value = Object.hasOwn(settings, key) ? settings[key] : undefined;
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw settingError(key, group, `must be a number, not ${JSON.stringify(value)}`);
  }
  const problem = problemOf(value, rule);
  if (problem !== undefined) throw settingError(key, group, `is ${value}: it must be ${problem}`);
  return value;
}

/** True or false, for which job files also have 1 or 0. */
export function readFlag(settings: Settings, key: string, fallback: boolean, group?: string): boolean {
  const value = (Object.hasOwn(settings, key) ? settings[key] : undefined) ?? fallback;
  if (typeof value === 'boolean') return value;
  if (value === 0 || value === 1) return value === 1;
  throw settingError(key, group, `must be true or false, not ${JSON.stringify(value)}`);
}

interface Choice<Name extends string> {
  readonly choices: readonly Name[];
  readonly fallback: Name;
  readonly group?: string;
}

/** One of a few names. */
export function readChoice<Name extends string>(
  settings: Settings,
  key: string,
  { choices, fallback, group }: Choice<Name>,
): Name {
  const value = (Object.hasOwn(settings, key) ? settings[key] : undefined) ?? fallback;
  const known = choices.find((each) => each === value);
  if (known !== undefined) return known;
  throw settingError(key, group, `must be ${choices.join(' or ')}, not ${JSON.stringify(value)}`);
}

export function readText(settings: Settings, key: string): string {
  const value = Object.hasOwn(settings, key) ? settings[key] : undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw settingError(key, undefined, value === undefined ? 'is missing' : 'must be a text');
}

/** The object at `settings[key]`, empty where it is absent. Warns of keys that the task does not know. */
export function readGroup(context: TaskContext, key: string, known: readonly string[]): Settings {
  const value = context.settings[key] ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw settingError(key, undefined, 'must be an object');
  }
  const unknown = Object.keys(value).filter((each) => !known.includes(each));
  if (unknown.length > 0) {
    context.log('warning', `${key}: ${unknown.join(', ')} not known to ${context.taskType}, and ignored`);
  }
  return value;
}

/** The one file of a plain input. */
export function readInput(context: TaskContext, name: string): InputFile {
  const files = context.inputs[name] ?? [];
  const [file] = files;
  if (file !== undefined && files.length === 1) return file;
  throw new EaselError(
    'task',
    `${context.taskType} needs one file as input "${name}", and got ${files.length}`,
  );
}

export function readOutput(context: TaskContext, name: string): string {
  const path = context.outputs[name];
  if (path !== undefined) return path;
  throw new EaselError(
    'task',
    `${context.taskType} writes an output "${name}", which the task does not declare`,
  );
}

/** The setting `format`: how a task writes its light curves. */
export function readFormat(settings: Settings): LightCurveFormat {
  const value = (Object.hasOwn(settings, 'format') ? settings.format : undefined) ?? 'text';
  const format = LIGHT_CURVE_FORMATS.find((each) => each === value);
  if (format !== undefined) return format;
  const choices = LIGHT_CURVE_FORMATS.join(', ');
  throw settingError('format', undefined, `is ${JSON.stringify(value)}: it must be one of ${choices}`);
}

export function settingError(key: string, group: string | undefined, problem: string): EaselError {
  return new EaselError('task', `the setting ${group === undefined ? key : `${group}.${key}`} ${problem}`);
}

function problemOf(value: number, { min, above, below, max, integer }: NumberRule): string | undefined {
  if (integer === true && !Number.isSafeInteger(value)) return 'a whole number';
  if (min !== undefined && value < min) return `at least ${min}`;
  if (above !== undefined && value <= above) return `more than ${above}`;
  if (below !== undefined && value >= below) return `less than ${below}`;
  if (max !== undefined && value > max) return `at most ${max}`;
  return undefined;
}
