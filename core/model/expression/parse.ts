/**
 * Source -> abstract syntax. The grammar is `@lezer/python`'s, in strict mode: the first error ends it.
 * What that grammar takes and the expression language does not have is refused here and in the readers: a construct
 * without a reader cannot pass. Every function is pure; the same source always gives the same tree.
 */
import { parser as pythonParser } from '@lezer/python';
import { Fault } from './fault.ts';
import { NESTING } from './limits.ts';
import { readDict, readLiteral, readName, readSequence } from './parse-atoms.ts';
import { readAttribute, readCall } from './parse-calls.ts';
import { readBinary, readUnary } from './parse-operators.ts';
import { type Scanned, scan } from './scan.ts';
import type { FreeName, Node } from './syntax.ts';
import { type Branch, childrenOf, type Reader, refusal } from './tree.ts';

interface Parsed {
  readonly root: Node;
  readonly uses: ReadonlySet<FreeName>;
}

const parser = pythonParser.configure({ strict: true });

const READERS: ReadonlyMap<string, (reader: Reader, branch: Branch) => Node> = new Map([
  ['Number', readLiteral],
  ['None', (_, { from }) => ({ kind: 'literal', at: from, value: null })],
  [
    'Boolean',
    (reader, { from }) => ({ kind: 'literal', at: from, value: reader.source.startsWith('True', from) }),
  ],
  ['VariableName', readName],
  ['TupleExpression', (reader, branch) => readSequence(reader, branch, 'tuple')],
  ['ArrayExpression', (reader, branch) => readSequence(reader, branch, 'list')],
  ['DictionaryExpression', readDict],
  ['ParenthesizedExpression', (reader, branch) => reader.read(childrenOf(branch)[1] ?? branch)],
  ['UnaryExpression', readUnary],
  ['BinaryExpression', readBinary],
  ['ConditionalExpression', readConditional],
  ['MemberExpression', readAttribute],
  ['CallExpression', readCall],
]);

export function parse(source: string): Parsed {
  const scanned = scan(source);
  const reader = new TreeReader(source, scanned);
  const items = childrenOf(readStatement(scanned.text, source)).filter(({ name }) => name !== ',');
  const [first] = items;
  if (first === undefined) throw new Fault('syntax', 'SyntaxError: an empty expression', 0);
  const isTuple = items.length > 1 || scanned.text.trimEnd().endsWith(',');
  const root: Node = isTuple
    ? { kind: 'tuple', at: first.from, items: items.map((item) => reader.read(item)) }
    : reader.read(first);
  return { root, uses: reader.uses };
}

function readStatement(text: string, source: string): Branch {
  const script = parseStrictly(text);
  const [statement, second] = childrenOf(script);
  if (statement === undefined) throw new Fault('syntax', 'SyntaxError: an empty expression', 0);
  if (second !== undefined) throw new Fault('syntax', 'SyntaxError: one expression only', second.from);
  if (statement.name !== 'ExpressionStatement') throw refusal(statement, source);
  return statement;
}

function parseStrictly(text: string): Branch {
  const tree = parseOrFail(text);
  // A strict parse has no recovered errors; those left mark a chain that the parser found too long to nest.
  tree.iterate({
    enter: ({ type, from }) => {
      if (type.isError) throw new Fault('limit', 'LimitError: too many operators in a row', from);
    },
  });
  return tree.topNode;
}

function parseOrFail(text: string): ReturnType<typeof pythonParser.parse> {
  try {
    return parser.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const at = Number(/\d+$/.exec(error.message)?.[0] ?? 0);
    const reason = at >= text.trimEnd().length ? 'unexpected end of the expression' : 'invalid syntax';
    throw new Fault('syntax', `SyntaxError: ${reason}`, at);
  }
}

class TreeReader implements Reader {
  readonly source: string;
  readonly scanned: Scanned;
  readonly uses = new Set<FreeName>();
  #depth = 0;

  constructor(source: string, scanned: Scanned) {
    this.source = source;
    this.scanned = scanned;
  }

  read(branch: Branch): Node {
    if (this.#depth >= NESTING) {
      throw new Fault('limit', `LimitError: nested more than ${NESTING} deep`, branch.from);
    }
    const reader = READERS.get(branch.name);
    if (reader === undefined) throw refusal(branch, this.source);
    this.#depth += 1;
    const node = reader(this, branch);
    this.#depth -= 1;
    return node;
  }
}

function readConditional(reader: Reader, branch: Branch): Node {
  const [chosen, , test, , otherwise] = childrenOf(branch);
  if (chosen === undefined || test === undefined || otherwise === undefined)
    throw refusal(branch, reader.source);
  return {
    kind: 'conditional',
    at: branch.from,
    test: reader.read(test),
    chosen: reader.read(chosen),
    otherwise: reader.read(otherwise),
  };
}
