/**
 * Readers of attributes, subscripts and calls. A call names one of the known functions, `random.random()`, or a method
 * of strings: there are no functions as values, so nothing else can be called, whatever an expression computes.
 */
import { MATH_CONSTANTS } from './constants.ts';
import { Fault } from './fault.ts';
import { FUNCTIONS, MATH_FUNCTIONS } from './functions.ts';
import { METHODS } from './methods.ts';
import { unknownName } from './parse-atoms.ts';
import { listNames, suggest } from './suggestion.ts';
import type { CallArguments, KeywordArgument, Node } from './syntax.ts';
import { type Branch, childrenOf, type Reader, refusal } from './tree.ts';

const LABEL_LENGTH = 60;

/** `a.b`, `a[b]` and `a[b:c]`. */
export function readAttribute(reader: Reader, branch: Branch): Node {
  const [object, opening, ...rest] = childrenOf(branch);
  if (object === undefined || opening === undefined) throw refusal(branch, reader.source);
  if (opening.name === '[') return readSubscript(reader, object, rest.slice(0, -1));
  const name = propertyOf(reader, branch);
  const module = moduleOf(reader, object);
  if (module === 'random') throw new Fault('refused', 'random has only random.random()', object.from);
  if (module === 'math') {
    const value = MATH_CONSTANTS.get(name);
    if (value !== undefined) return { kind: 'literal', at: branch.from, value };
    if (MATH_FUNCTIONS.has(name))
      throw new Fault('refused', `math.${name} is a function; call it`, branch.from);
    throw unknownInMath(name, branch.to - name.length);
  }
  return {
    kind: 'attribute',
    at: opening.from,
    object: reader.read(object),
    name,
    label: label(reader, object),
  };
}

function label(reader: Reader, { from, to }: Branch): string {
  return to - from > LABEL_LENGTH ? 'it' : reader.source.slice(from, to);
}

/** The name after the point. Names that start with `_` are the doors out of Python's sandboxes: there are none here. */
function propertyOf(reader: Reader, branch: Branch): string {
  const property = childrenOf(branch).at(-1);
  if (property?.name !== 'PropertyName') throw refusal(branch, reader.source);
  const name = reader.source.slice(property.from, property.to);
  if (name.startsWith('_')) {
    throw new Fault(
      'refused',
      `attribute '${name.slice(0, 40)}': names that start with _ are refused`,
      property.from,
    );
  }
  return name;
}

function moduleOf(reader: Reader, object: Branch): 'math' | 'random' | undefined {
  if (object.name !== 'VariableName') return undefined;
  const name = reader.source.slice(object.from, object.to);
  return name === 'math' || name === 'random' ? name : undefined;
}

function unknownInMath(name: string, at: number): Fault {
  const near = suggest(name, [...MATH_FUNCTIONS.keys(), ...MATH_CONSTANTS.keys()]);
  return new Fault(
    'refused',
    `AttributeError: module 'math' has no attribute '${name.slice(0, 40)}' here${near}`,
    at,
  );
}

function readSubscript(reader: Reader, object: Branch, parts: readonly Branch[]): Node {
  const comma = parts.find(({ name }) => name === ',');
  if (comma !== undefined)
    throw new Fault('refused', 'one index only: a tuple is no key or index', comma.from);
  const at = object.to;
  const read = reader.read(object);
  if (!parts.some(({ name }) => name === ':')) {
    const [index] = parts;
    if (index === undefined) throw new Fault('syntax', 'SyntaxError: an empty index', at);
    return { kind: 'subscript', at, object: read, index: reader.read(index), label: label(reader, object) };
  }
  const bounds: (Node | undefined)[] = [undefined];
  for (const part of parts) {
    if (part.name === ':') bounds.push(undefined);
    else bounds[bounds.length - 1] = reader.read(part);
  }
  return { kind: 'slice', at, object: read, bounds };
}

export function readCall(reader: Reader, branch: Branch): Node {
  const [callee, list] = childrenOf(branch);
  if (callee === undefined || list === undefined) throw refusal(branch, reader.source);
  const at = branch.from;
  if (callee.name === 'VariableName') {
    const name = reader.source.slice(callee.from, callee.to);
    if (!FUNCTIONS.has(name)) throw unknownFunction(name, at);
    return { kind: 'call', at, name, math: false, given: readArguments(reader, list, false) };
  }
  const [object, point] = childrenOf(callee);
  if (callee.name !== 'MemberExpression' || object === undefined || point?.name !== '.') {
    throw new Fault('refused', 'only functions and methods of strings can be called', callee.from);
  }
  const name = propertyOf(reader, callee);
  const module = moduleOf(reader, object);
  if (module === undefined) return readMethod(reader, { object, name, list, at: point.from });
  const given = readArguments(reader, list, false);
  if (module === 'random') return readRandom(reader, name, given, at);
  if (!MATH_FUNCTIONS.has(name)) throw unknownInMath(name, callee.to - name.length);
  return { kind: 'call', at, name, math: true, given };
}

function unknownFunction(name: string, at: number): Fault {
  const unknown = unknownName(name, at);
  if (/^NameError/.test(unknown.message)) {
    const near = suggest(name, FUNCTIONS.keys()) || `; there are: ${[...FUNCTIONS.keys()].join(', ')}`;
    return new Fault('refused', `NameError: no function '${name.slice(0, 40)}' can be called${near}`, at);
  }
  return new Fault('refused', `'${name}' cannot be called`, at);
}

function readRandom(reader: Reader, name: string, given: CallArguments, at: number): Node {
  if (name !== 'random' || given.positional.length > 0) {
    throw new Fault('refused', 'random has only random.random(), without arguments', at);
  }
  reader.uses.add('random');
  return { kind: 'random', at };
}

function readMethod(
  reader: Reader,
  { object, name, list, at }: { object: Branch; name: string; list: Branch; at: number },
): Node {
  if (!METHODS.has(name)) {
    const near =
      suggest(name, METHODS.keys()) || `; there are: ${listNames([...METHODS.keys()].slice(0, 10))}`;
    throw new Fault('refused', `no method '${name.slice(0, 40)}' can be called${near}`, at + 1);
  }
  const given = readArguments(reader, list, name === 'format');
  return { kind: 'method', at, object: reader.read(object), name, given };
}

function readArguments(reader: Reader, list: Branch, keywordsAllowed: boolean): CallArguments {
  const positional: Node[] = [];
  const keywords: KeywordArgument[] = [];
  const dicts: Node[] = [];
  for (const [first, second, third, fourth] of splitAtCommas(childrenOf(list).slice(1, -1))) {
    if (first === undefined) continue;
    if (second === undefined) {
      if (keywords.length > 0 || dicts.length > 0) {
        throw new Fault('syntax', 'SyntaxError: positional argument follows keyword argument', first.from);
      }
      positional.push(reader.read(first));
      continue;
    }
    if (fourth !== undefined || !keywordsAllowed || first.name === '*')
      throw refuseArgument(reader, first, second);
    if (first.name === '**') dicts.push(reader.read(second));
    else keywords.push(readKeyword(reader, { first, second, third, keywords }));
  }
  return { positional, keywords, dicts };
}

function splitAtCommas(parts: readonly Branch[]): Branch[][] {
  const groups: Branch[][] = [[]];
  for (const part of parts) {
    if (part.name === ',') groups.push([]);
    else groups.at(-1)?.push(part);
  }
  return groups;
}

function refuseArgument(reader: Reader, first: Branch, second: Branch): Fault {
  if (first.name === '*') return refusal(first, reader.source);
  if (second.name === 'for') return refusal(second, reader.source);
  return new Fault('refused', 'TypeError: only format takes keyword arguments', first.from);
}

function readKeyword(
  reader: Reader,
  argument: {
    first: Branch;
    second: Branch;
    third: Branch | undefined;
    keywords: readonly KeywordArgument[];
  },
): KeywordArgument {
  const { first, second, third, keywords } = argument;
  const name = reader.source.slice(first.from, first.to);
  if (
    first.name !== 'VariableName' ||
    third === undefined ||
    reader.source.slice(second.from, second.to) !== '='
  ) {
    throw refusal(second, reader.source);
  }
  if (keywords.some((each) => each.name === name)) {
    throw new Fault('syntax', `SyntaxError: keyword argument repeated: ${name}`, first.from);
  }
  return { name, value: reader.read(third) };
}
