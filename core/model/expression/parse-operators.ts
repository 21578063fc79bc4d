/**
 * Readers of operators. Two things the grammar gets wrong, or leaves open, are set right here: `not a and b` is
 * `(not a) and b` (the grammar's tree says `not (a and b)`), and `a < b < c` is one chain, while `(a < b) < c` is not.
 */
import { Fault } from './fault.ts';
import type { ArithmeticOperator, ComparisonOperator, Link, Node } from './syntax.ts';
import { type Branch, childrenOf, type Reader, refusal } from './tree.ts';

const ARITHMETIC: ReadonlySet<string> = new Set<ArithmeticOperator>([
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '**',
  '<<',
  '>>',
  '&',
  '^',
  '|',
]);
const COMPARISONS: ReadonlySet<string> = new Set<ComparisonOperator>([
  '<',
  '<=',
  '>',
  '>=',
  '==',
  '!=',
  'in',
  'not in',
  'is',
  'is not',
]);

/** One binary operation of the tree: operator as written, blanks set to one. */
interface Operation {
  readonly left: Branch;
  readonly operator: string;
  readonly at: number;
  readonly right: Branch;
}

export function readUnary(reader: Reader, branch: Branch): Node {
  const [sign, operand] = childrenOf(branch);
  if (sign === undefined || operand === undefined) throw refusal(branch, reader.source);
  if (sign.name === 'not') return readBoolean(reader, branch);
  const operator = reader.source.slice(sign.from, sign.to);
  if (operator !== '-' && operator !== '+' && operator !== '~') throw refusal(branch, reader.source);
  return { kind: 'unary', at: branch.from, operator, operand: reader.read(operand) };
}

export function readBinary(reader: Reader, branch: Branch): Node {
  const { operator, at } = operationOf(reader, branch);
  if (operator === 'and' || operator === 'or') return readBoolean(reader, branch);
  if (isArithmetic(operator)) {
    const { first, rest } = readChain(reader, branch, isArithmetic);
    return { kind: 'arithmetic', at, first, rest };
  }
  if (isComparison(operator)) {
    const { first, rest } = readChain(reader, branch, isComparison);
    return { kind: 'comparison', at, first, rest: rest.map((link) => checkIdentity(link, first, rest)) };
  }
  const instead = operator === '<>' ? '; write !=' : '';
  throw new Fault('refused', `operator ${operator}: not part of the expression language${instead}`, at);
}

function isArithmetic(operator: string): operator is ArithmeticOperator {
  return ARITHMETIC.has(operator);
}

function isComparison(operator: string): operator is ComparisonOperator {
  return COMPARISONS.has(operator);
}

function operationOf(reader: Reader, branch: Branch): Operation {
  const children = childrenOf(branch);
  const left = children[0];
  const right = children.at(-1);
  const between = children.slice(1, -1);
  const [first] = between;
  if (left === undefined || right === undefined || first === undefined) throw refusal(branch, reader.source);
  const operator = between.map(({ from, to }) => reader.source.slice(from, to)).join(' ');
  return { left, operator, at: first.from, right };
}

/** Follows the left operands down while they are operations of the same kind: `a - b + c` has three operands. */
function readChain<Operator extends string>(
  reader: Reader,
  branch: Branch,
  belongs: (operator: string) => operator is Operator,
): { first: Node; rest: Link<Operator>[] } {
  const links: { operator: Operator; at: number; right: Branch }[] = [];
  let left = branch;
  while (left.name === 'BinaryExpression') {
    const operation = operationOf(reader, left);
    if (!belongs(operation.operator)) break;
    links.push({ operator: operation.operator, at: operation.at, right: operation.right });
    left = operation.left;
  }
  const first = readOperand(reader, left);
  const rest = links
    .reverse()
    .map(({ operator, at, right }) => ({ operator, at, operand: readOperand(reader, right) }));
  return { first, rest };
}

/** `a == not b` is no Python, though the grammar takes it. */
function readOperand(reader: Reader, branch: Branch): Node {
  if (branch.name === 'UnaryExpression' && branch.firstChild?.name === 'not') {
    throw new Fault('syntax', 'SyntaxError: invalid syntax', branch.from);
  }
  return reader.read(branch);
}

/** Identity is a matter of the three that there is only one of each; for anything else it is a trap. */
function checkIdentity(
  link: Link<ComparisonOperator>,
  first: Node,
  rest: readonly Link<ComparisonOperator>[],
): Link<ComparisonOperator> {
  if (link.operator !== 'is' && link.operator !== 'is not') return link;
  const before = rest[rest.indexOf(link) - 1]?.operand ?? first;
  if (isSingleton(before) || isSingleton(link.operand)) return link;
  const instead = link.operator === 'is' ? '==' : '!=';
  throw new Fault('refused', `'${link.operator}' is for None, True and False; write ${instead}`, link.at);
}

function isSingleton(node: Node): boolean {
  return node.kind === 'literal' && (node.value === null || typeof node.value === 'boolean');
}

/** `not`, `and`, `or` in the order of the source, with the branches they apply to. */
type BooleanToken = { readonly word: 'not' | 'and' | 'or'; readonly at: number } | Branch;

function readBoolean(reader: Reader, branch: Branch): Node {
  const tokens: BooleanToken[] = [];
  flatten(reader, branch, tokens);
  const disjuncts = splitAt(tokens, 'or').map((disjunct) =>
    joined(
      'and',
      splitAt(disjunct, 'and').map((conjunct) => readNegated(reader, conjunct)),
    ),
  );
  return joined('or', disjuncts);
}

function flatten(reader: Reader, branch: Branch, tokens: BooleanToken[]): void {
  const [sign, operand] = childrenOf(branch);
  if (branch.name === 'UnaryExpression' && sign?.name === 'not' && operand !== undefined) {
    tokens.push({ word: 'not', at: sign.from });
    flatten(reader, operand, tokens);
    return;
  }
  if (branch.name === 'BinaryExpression') {
    const { left, operator, at, right } = operationOf(reader, branch);
    if (operator === 'and' || operator === 'or') {
      flatten(reader, left, tokens);
      tokens.push({ word: operator, at });
      flatten(reader, right, tokens);
      return;
    }
  }
  tokens.push(branch);
}

function splitAt(tokens: readonly BooleanToken[], word: 'and' | 'or'): BooleanToken[][] {
  const groups: BooleanToken[][] = [[]];
  for (const token of tokens) {
    if ('word' in token && token.word === word) groups.push([]);
    else groups.at(-1)?.push(token);
  }
  return groups;
}

function joined(operator: 'and' | 'or', operands: readonly Node[]): Node {
  const [first] = operands;
  if (first === undefined) throw new Fault('syntax', 'SyntaxError: invalid syntax');
  return operands.length === 1 ? first : { kind: 'boolean', at: first.at, operator, operands };
}

function readNegated(reader: Reader, tokens: readonly BooleanToken[]): Node {
  const branch = tokens.at(-1);
  if (branch === undefined || 'word' in branch) throw new Fault('syntax', 'SyntaxError: invalid syntax');
  let node = reader.read(branch);
  for (const sign of tokens.slice(0, -1))
    node = { kind: 'unary', at: 'word' in sign ? sign.at : 0, operator: 'not', operand: node };
  return node;
}
