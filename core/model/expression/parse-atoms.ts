/** Readers of literals, names, and displays of lists, tuples and dicts. */
import { BARE_CONSTANTS, MATH_CONSTANTS } from './constants.ts';
import { Fault } from './fault.ts';
import { FUNCTIONS } from './functions.ts';
import { suggest } from './suggestion.ts';
import type { Node } from './syntax.ts';
import { type Branch, childrenOf, type Reader, refusal } from './tree.ts';

const SCOPE = ['metadata', 'requested_metadata', 'constants'] as const;
const NOT_PYTHON = new Map([
  ['true', 'True'],
  ['false', 'False'],
  ['null', 'None'],
  ['none', 'None'],
]);

export function readLiteral(reader: Reader, branch: Branch): Node {
  const literal = reader.scanned.literals.get(branch.from);
  if (literal === undefined || literal.end !== branch.to) {
    throw new Fault('syntax', 'SyntaxError: invalid syntax', literal?.end ?? branch.from);
  }
  return { kind: 'literal', at: literal.at, value: literal.value };
}

export function readName(reader: Reader, branch: Branch): Node {
  const name = reader.source.slice(branch.from, branch.to);
  const at = branch.from;
  const free = SCOPE.find((each) => each === name);
  if (free !== undefined) {
    reader.uses.add(free);
    return { kind: 'name', at, name: free };
  }
  const constant = BARE_CONSTANTS.has(name) ? MATH_CONSTANTS.get(name) : undefined;
  if (constant !== undefined) return { kind: 'literal', at, value: constant };
  throw unknownName(name, at);
}

export function unknownName(name: string, at: number): Fault {
  const python = NOT_PYTHON.get(name);
  if (python !== undefined) {
    return new Fault('refused', `NameError: name '${name}' is not defined; did you mean '${python}'?`, at);
  }
  if (name === 'random') return new Fault('refused', 'random is a module; write random.random()', at);
  if (name === 'math') return new Fault('refused', 'math is a module; write math.sqrt(x) or sqrt(x)', at);
  if (FUNCTIONS.has(name)) return new Fault('refused', `${name} is a function; call it: ${name}(...)`, at);
  const known = [...SCOPE, ...BARE_CONSTANTS, ...FUNCTIONS.keys(), 'True', 'False', 'None', 'random', 'math'];
  const near =
    suggest(name, known) || `; a value of the metadata is read as metadata['${name.slice(0, 40)}']`;
  return new Fault('refused', `NameError: name '${name.slice(0, 100)}' is not defined${near}`, at);
}

export function readSequence(reader: Reader, branch: Branch, kind: 'list' | 'tuple'): Node {
  const items = childrenOf(branch)
    .slice(1, -1)
    .filter(({ name }) => name !== ',');
  return { kind, at: branch.from, items: items.map((item) => reader.read(item)) };
}

export function readDict(reader: Reader, branch: Branch): Node {
  const parts = childrenOf(branch)
    .slice(1, -1)
    .filter(({ name }) => name !== ',' && name !== ':');
  const entries: [Node, Node][] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const [key, value] = parts.slice(at, at + 2);
    if (key === undefined || value === undefined) throw refusal(branch, reader.source);
    entries.push([reader.read(key), reader.read(value)]);
  }
  return { kind: 'dict', at: branch.from, entries };
}
