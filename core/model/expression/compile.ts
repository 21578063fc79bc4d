/**
 * Abstract syntax -> closures: each node becomes one function of the run. Before an operation that can fail or cost, a
 * node tells the meter its place, so that errors are reported there; operands are evaluated first, left to right.
 */
import { COMPARISONS } from './compare.ts';
import { compileCall, compileFormat, compileMethod } from './compile-calls.ts';
import { CONSTANTS } from './constants.ts';
import { raise } from './fault.ts';
import { type Item, type ItemDict, isTruthy, Tuple, typeName } from './items.ts';
import { OPERATORS, UNARY } from './operators.ts';
import type { Compiled } from './run.ts';
import { attributeOf, itemAt, slice } from './sequences.ts';
import type { Link, Node, NodeOf } from './syntax.ts';

export function compile(node: Node): Compiled {
  switch (node.kind) {
    case 'literal':
      return () => node.value;
    case 'name':
      return compileName(node.name);
    case 'random':
      return ({ random }) => random();
    case 'list':
    case 'tuple':
    case 'dict':
      return compileDisplay(node);
    case 'unary':
      return compileUnary(node);
    case 'arithmetic':
      return compileArithmetic(node);
    case 'comparison':
      return compileComparison(node);
    case 'boolean':
      return compileBoolean(node);
    case 'conditional': {
      const [test, chosen, otherwise] = [compile(node.test), compile(node.chosen), compile(node.otherwise)];
      return (run) => (isTruthy(test(run)) ? chosen(run) : otherwise(run));
    }
    case 'attribute':
    case 'subscript':
    case 'slice':
      return compileAccess(node);
    case 'call':
      return compileCall(node, compile);
    case 'method':
      return node.name === 'format' ? compileFormat(node, compile) : compileMethod(node, compile);
  }
}

function compileName(name: NodeOf<'name'>['name']): Compiled {
  if (name === 'metadata') return ({ metadata }) => metadata;
  if (name === 'requested_metadata') return ({ requestedMetadata }) => requestedMetadata;
  return () => CONSTANTS;
}

function compileDisplay(node: NodeOf<'list' | 'tuple'> | NodeOf<'dict'>): Compiled {
  const { at } = node;
  if (node.kind === 'dict') return compileDict(node);
  const items = node.items.map(compile);
  const isTuple = node.kind === 'tuple';
  return (run) => {
    const made = items.map((item) => item(run));
    run.meter.step(at);
    return isTuple ? new Tuple(made) : made;
  };
}

function compileDict({ entries }: NodeOf<'dict'>): Compiled {
  const compiled = entries.map(([key, value]) => ({ at: key.at, key: compile(key), value: compile(value) }));
  return (run) => {
    const made: ItemDict = Object.create(null);
    for (const { at, key, value } of compiled) {
      const name = key(run);
      run.meter.step(at);
      if (typeof name !== 'string') raise('TypeError', `keys are strings here, not '${typeName(name)}'`);
      made[name] = value(run);
    }
    return made;
  };
}

function compileUnary({ operator, operand, at }: NodeOf<'unary'>): Compiled {
  const compiled = compile(operand);
  if (operator === 'not') return (run) => !isTruthy(compiled(run));
  const apply = UNARY[operator];
  return (run) => {
    const item = compiled(run);
    run.meter.step(at);
    return apply(item);
  };
}

function compileLinks<Operator extends string, Operation>(
  rest: readonly Link<Operator>[],
  operations: Record<Operator, Operation>,
): { apply: Operation; operand: Compiled; at: number }[] {
  return rest.map(({ operator, operand, at }) => ({
    apply: operations[operator],
    operand: compile(operand),
    at,
  }));
}

function compileArithmetic({ first, rest }: NodeOf<'arithmetic'>): Compiled {
  const start = compile(first);
  const links = compileLinks(rest, OPERATORS);
  return (run) => {
    let item = start(run);
    for (const { apply, operand, at } of links) {
      const right = operand(run);
      run.meter.step(at);
      item = apply(item, right, run.meter);
    }
    return item;
  };
}

/** A chain stops at the first comparison that does not hold; operands are evaluated at most once. */
function compileComparison({ first, rest }: NodeOf<'comparison'>): Compiled {
  const start = compile(first);
  const links = compileLinks(rest, COMPARISONS);
  return (run) => {
    let left = start(run);
    for (const { apply, operand, at } of links) {
      const right = operand(run);
      run.meter.step(at);
      if (!apply(left, right, run.meter)) return false;
      left = right;
    }
    return true;
  };
}

/** `and` and `or` give the operand that decides. */
function compileBoolean({ operator, operands }: NodeOf<'boolean'>): Compiled {
  const compiled = operands.map(compile);
  const decides = operator === 'or';
  return (run) => {
    let item: Item = null;
    for (const operand of compiled) {
      item = operand(run);
      if (isTruthy(item) === decides) break;
    }
    return item;
  };
}

function compileAccess(node: NodeOf<'attribute'> | NodeOf<'subscript'> | NodeOf<'slice'>): Compiled {
  const object = compile(node.object);
  const { at } = node;
  if (node.kind === 'attribute') {
    const { name, label } = node;
    return (run) => {
      const item = object(run);
      run.meter.step(at);
      return attributeOf(item, name, label);
    };
  }
  if (node.kind === 'subscript') {
    const index = compile(node.index);
    return (run) => {
      const [item, key] = [object(run), index(run)];
      run.meter.step(at);
      return itemAt(item, key, node.label);
    };
  }
  const bounds = node.bounds.map((bound) => (bound === undefined ? undefined : compile(bound)));
  return (run) => {
    const item = object(run);
    const given = bounds.map((bound) => bound?.(run));
    run.meter.step(at);
    return slice(item, given, run.meter);
  };
}
