/** Checks of every string of a file, wherever it stands: what no database, file system or process would take. */
import { isDict, type Value } from '../model/values.ts';
import type { Findings } from './findings.ts';
import type { Limits } from './limits.ts';
import type { Path } from './problem.ts';

export function checkValues(root: Value, findings: Findings, limits: Limits): void {
  const path: (string | number)[] = [];

  function visit(value: Value): void {
    if (typeof value === 'string') checkText(value, 'value');
    else if (typeof value === 'number' && !Number.isFinite(value)) {
      findings.error({ path: [...path], message: 'the number is too large for floating point' });
    } else if (Array.isArray(value)) for (const [index, each] of value.entries()) step(index, each);
    else if (isDict(value)) for (const key of Object.keys(value)) step(key, value[key] ?? null);
  }

  function step(key: string | number, value: Value): void {
    path.push(key);
    if (typeof key === 'string') checkText(key, 'key');
    visit(value);
    path.pop();
  }

  function checkText(text: string, part: 'key' | 'value'): void {
    const message = faultOf(text, limits);
    if (message !== undefined) findings.error({ path: [...path] satisfies Path, message, part });
  }

  visit(root);
}

function faultOf(text: string, limits: Limits): string | undefined {
  if (text.length > limits.max_string)
    return `the text is longer than max_string (${limits.max_string}) allows`;
  if (text.includes('\0')) return 'the text has a NUL character';
  return text.isWellFormed() ? undefined : 'the text has half a surrogate pair, which is no valid Unicode';
}
