/** What the planner asks of a node before any counting: its label, the variables it sets, and those it depends on. */
import type { DefinitionNode } from './definition.ts';
import { union, type Variables, variablesOf, without } from './plan-scope.ts';
import type { Dict, Value } from './values.ts';

/** Per node, the variables that the number of tasks at and below it depends on. */
export function dependencies(nodes: readonly DefinitionNode[]): readonly Variables[] {
  const variables: Variables[] = [];
  for (const node of nodes.toReversed()) {
    const own = union(ownExpressions(node).map(variablesOf));
    const below = union(node.children.map((child) => variables[child] ?? 'all'));
    const names = node.kind === 'for_loop' || node.kind === 'do_while' ? loopNames(node.object) : [];
    // The criterion of a do-while loop sees the loop's own variable, the range of a for loop does not.
    variables[node.index] =
      node.kind === 'do_while' ? without(union([own, below]), names) : union([own, without(below, names)]);
  }
  return variables;
}

/** The names that a loop sets for its body, the value's first. */
export function loopNames({ parameter, iteration_name }: Dict): string[] {
  if (parameter === undefined) return [`${String(iteration_name)}_index`];
  return [String(parameter), `${String(parameter)}_index`];
}

export function labelOf(object: Dict, kind: DefinitionNode['kind']): string {
  if (kind === 'for_loop') return `for ${String(object.parameter)}`;
  if (kind === 'do_while') return `do while ${String(object.iteration_name)}`;
  if (kind === 'conditional') return 'if';
  const name = object.name ?? object.job_name;
  if (kind === 'chain') return typeof name === 'string' ? name : 'chain';
  const type = String(object.task);
  return typeof object.name === 'string' ? `${object.name} (${type})` : type;
}

/** What the number of tasks at a node depends on. */
function ownExpressions({ kind, object }: DefinitionNode): Value[] {
  if (kind === 'work') return [object.task ?? null];
  if (kind === 'conditional') return [object.criterion ?? null];
  if (kind === 'do_while') return [object.repeat_criterion ?? null];
  return kind === 'for_loop'
    ? [object.values ?? null, object.linear_range ?? null, object.log_range ?? null]
    : [];
}
