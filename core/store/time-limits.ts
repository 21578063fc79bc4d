/** How long a task may run, or wait in the queue, as far as that can be told before a worker evaluates expressions. */
import { type Policy, policyOf } from '../model/policy.ts';
import { dict, isDict, type Value } from '../model/values.ts';
import type { Context } from './asking.ts';
import type { TaskView } from './task-views.ts';

/** Milliseconds; null: for ever; an expression: as its worker finds. */
export type TimeLimit = number | 'expression' | null;

export function timeLimitOf(context: Context, { node, type }: TaskView, kind: 'queue' | 'run'): TimeLimit {
  const { definition, registry, defaults } = context;
  let nearest: Value | undefined;
  const evaluate = (value: Value, path: string) => {
    if (!path.endsWith('.timeout')) return undefined;
    const own = isDict(value) ? value[kind] : kind === 'run' ? value : undefined;
    nearest ??= own;
    return own === undefined || typeof own === 'string' ? undefined : dict([[kind, own]]);
  };
  const sources = { definition, node, type: registry.get(type), installation: defaults };
  const policy: Policy = policyOf(sources, evaluate);
  if (typeof nearest === 'string') return 'expression';
  const seconds = kind === 'run' ? policy.runSeconds : policy.queueSeconds;
  return seconds === undefined ? null : seconds * 1_000;
}
