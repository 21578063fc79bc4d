/** Calls of functions and of methods of strings -> closures. Operands are compiled by the caller's `compile`. */
import { Fault, raise } from './fault.ts';
import { FUNCTIONS, MATH_FUNCTIONS } from './functions.ts';
import { type Item, type ItemDict, isItemDict, typeName } from './items.ts';
import { METHODS } from './methods.ts';
import type { Compiled, Run } from './run.ts';
import { type FormatArguments, formatTemplate } from './str-format.ts';
import type { CallArguments, Node, NodeOf } from './syntax.ts';
import { readTemplate } from './template.ts';

type Compile = (node: Node) => Compiled;

/** How many arguments a call has stands in the source, so that a wrong number is found before anything runs. */
function checkCount(
  name: string,
  { least, most }: { least: number; most: number },
  given: CallArguments,
  at: number,
): void {
  const count = given.positional.length;
  if (count >= least && count <= most) return;
  const takes = least === most ? `${least}` : `${least} to ${most}`;
  throw new Fault('refused', `TypeError: ${name}() takes ${takes} argument(s), not ${count}`, at);
}

export function compileCall({ name, math, given, at }: NodeOf<'call'>, compile: Compile): Compiled {
  const target = (math ? MATH_FUNCTIONS : FUNCTIONS).get(name);
  if (target === undefined) throw new Fault('refused', `no function '${name}'`, at);
  checkCount(name, target, given, at);
  const items = given.positional.map((item) => compile(item));
  return (run) => {
    const made = items.map((item) => item(run));
    run.meter.step(at);
    return target.call(made, run.meter);
  };
}

function textOf(item: Item, name: string): string {
  if (typeof item === 'string') return item;
  raise('AttributeError', `'${typeName(item)}' object has no attribute '${name}'`);
}

export function compileMethod({ object, name, given, at }: NodeOf<'method'>, compile: Compile): Compiled {
  const method = METHODS.get(name);
  if (method === undefined) throw new Fault('refused', `no method '${name}'`, at);
  checkCount(name, method, given, at);
  const compiled = compile(object);
  const items = given.positional.map((item) => compile(item));
  return (run) => {
    const text = compiled(run);
    const made = items.map((item) => item(run));
    run.meter.step(at);
    run.meter.text(textOf(text, name).length);
    const result = method.call(textOf(text, name), made, run.meter);
    if (typeof result === 'string') run.meter.text(result.length);
    return result;
  };
}

/** A template that stands in the source is read once, here, so that its errors are found before anything runs. */
export function compileFormat({ object, given, at }: NodeOf<'method'>, compile: Compile): Compiled {
  const literal = object.kind === 'literal' && typeof object.value === 'string' ? object : undefined;
  const known = literal === undefined ? undefined : readLiteralTemplate(String(literal.value), literal.at);
  const compiled = compile(object);
  const collect = compileArguments(given, compile);
  return (run) => {
    const item = compiled(run);
    const formatArguments = collect(run);
    run.meter.step(at);
    const text = textOf(item, 'format');
    run.meter.spend(known === undefined ? text.length >> 2 : 0);
    return formatTemplate(known ?? readTemplate(text), formatArguments, run.meter);
  };
}

function readLiteralTemplate(text: string, at: number): ReturnType<typeof readTemplate> {
  try {
    return readTemplate(text);
  } catch (error) {
    throw error instanceof Fault ? new Fault(error.kind, error.message, at) : error;
  }
}

function compileArguments(
  { positional, keywords, dicts }: CallArguments,
  compile: Compile,
): (run: Run) => FormatArguments {
  const items = positional.map((item) => compile(item));
  const named = keywords.map(({ name, value }) => ({ name, value: compile(value) }));
  const spread = dicts.map((node) => ({ at: node.at, value: compile(node) }));
  return (run) => {
    const made = items.map((item) => item(run));
    const [only] = spread;
    if (only !== undefined && spread.length === 1 && named.length === 0) {
      return { positional: made, keywords: dictOf(only.value(run), only.at, run) };
    }
    const merged: ItemDict = Object.create(null);
    for (const { name, value } of named) merged[name] = value(run);
    for (const { at, value } of spread) mergeInto(merged, dictOf(value(run), at, run), run);
    return { positional: made, keywords: merged };
  };
}

function dictOf(item: Item, at: number, { meter }: Run): ItemDict {
  meter.step(at);
  if (!isItemDict(item)) raise('TypeError', `argument after ** must be a dict, not ${typeName(item)}`);
  return item;
}

function mergeInto(merged: ItemDict, source: ItemDict, { meter }: Run): void {
  for (const [key, value] of Object.entries(source)) {
    meter.spend(1);
    if (Object.hasOwn(merged, key)) {
      raise('TypeError', `format() got multiple values for keyword argument '${key.slice(0, 100)}'`);
    }
    merged[key] = value;
  }
}
