/** The grammar's tree as the readers see it, and the refusal of what has no reader. */
import type { parser } from '@lezer/python';
import { Fault } from './fault.ts';
import type { Scanned } from './scan.ts';
import type { FreeName, Node } from './syntax.ts';

/** A node of the grammar's tree. */
export type Branch = ReturnType<typeof parser.parse>['topNode'];

export interface Reader {
  readonly source: string;
  readonly scanned: Scanned;
  readonly uses: Set<FreeName>;
  read(branch: Branch): Node;
}

/** What Python has and expressions do not, by the grammar's names. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['LambdaExpression', 'lambda'],
  ['NamedExpression', 'assignments (:=)'],
  ['AssignStatement', 'assignments'],
  ['UpdateStatement', 'assignments'],
  ['AwaitExpression', 'await'],
  ['YieldExpression', 'yield'],
  ['YieldStatement', 'yield'],
  ['SetExpression', 'sets'],
  ['ComprehensionExpression', 'comprehensions'],
  ['ArrayComprehensionExpression', 'comprehensions'],
  ['SetComprehensionExpression', 'comprehensions'],
  ['DictionaryComprehensionExpression', 'comprehensions'],
  ['ImportStatement', 'imports'],
  ['for', 'comprehensions'],
  ['Ellipsis', '...'],
  ['*', 'starred expressions'],
  ['**', 'starred expressions'],
]);

export function refusal(branch: Branch, source: string): Fault {
  const named = REFUSED.get(branch.name);
  const text = source.slice(branch.from, Math.min(branch.to, branch.from + 40));
  const what = named ?? (branch.name.endsWith('Statement') ? 'statements' : `'${text}'`);
  return new Fault('refused', `${what}: not part of the expression language`, branch.from);
}

export function childrenOf(branch: Branch): Branch[] {
  const children: Branch[] = [];
  for (let child = branch.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}
