/** Checks of a for loop that go beyond the form of its keys: exactly one kind of values, and ranges that make sense. */
import { EaselError } from '../model/errors.ts';
import { ExpressionError } from '../model/expression/expression.ts';
import { LOOP_KEYS, loopKey, loopValues } from '../model/loop.ts';
import { dict } from '../model/values.ts';
import { ACCEPTS } from './accepts.ts';
import type { Check } from './check.ts';
import { FLOW_KEYS } from './keys.ts';
import type { TaskNode } from './task-tree.ts';

export function checkLoop({ path, object }: TaskNode, { findings, limits }: Check): void {
  const rules = FLOW_KEYS.execution_for_loop;
  const misshapen = LOOP_KEYS.some((key) => {
    const value = object[key];
    const rule = rules[key];
    return value !== undefined && rule !== undefined && ACCEPTS[rule.accepts].faults(value).length > 0;
  });
  if (misshapen) return; // reported with the keys
  const scope = { metadata: dict(), requestedMetadata: dict(), random: () => 0.5 };
  let place = path;
  try {
    place = [...path, loopKey(object)];
    loopValues(object, scope, limits.max_loop_count);
  } catch (error) {
    // What an expression needs may be known later only; whether it compiles is checked elsewhere.
    if (error instanceof ExpressionError) return;
    if (!(error instanceof EaselError)) throw error;
    findings.error({ path: place, message: error.message });
  }
}
