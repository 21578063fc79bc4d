/**
 * Checks of the names by which tasks ask for one another's output metadata. A task may name only earlier tasks
 * of its own list, a do-while loop only tasks of its own body: a name that means nothing would wait for ever.
 */
import { literalOf, matchesShape } from '../model/shape.ts';
import type { Check } from './check.ts';
import { type Path, quote, renderPath } from './problem.ts';
import { labelOf, type TaskList, type TaskNode, type TaskTree } from './task-tree.ts';

type NamesOfList = ReadonlyMap<string, readonly TaskNode[]>;

export interface Required {
  readonly node: TaskNode;
  /** The earlier siblings it waits for, as far as they are known. */
  readonly needs: readonly TaskNode[];
}

export function checkNames(tree: TaskTree, check: Check): Required[] {
  const names = new Map(tree.lists.map((list) => [list, namesOf(list)]));
  const elsewhere = new Map<string, TaskNode>();
  for (const list of names.values())
    for (const [name, [first]] of list) if (first) elsewhere.set(name, first);
  const asked = new Set<string>();
  const finder = { check, names, elsewhere, asked };
  const required = tree.tasks.map((node) => ({ node, needs: findSiblings(node, finder) }));
  for (const node of tree.tasks) if (node.kind === 'do_while') checkChildren(node, finder);
  for (const [list, byName] of names) warnOfDuplicates(list, byName, finder);
  return required;
}

interface Finder {
  readonly check: Check;
  readonly names: ReadonlyMap<TaskList, NamesOfList>;
  /** Some task of each name, anywhere in the file. */
  readonly elsewhere: ReadonlyMap<string, TaskNode>;
  /** Names that somebody requires, with their list: `path name`. */
  readonly asked: Set<string>;
}

function namesOf(list: TaskList): NamesOfList {
  const names = new Map<string, TaskNode[]>();
  for (const node of list.tasks) {
    const name = node.name === undefined ? undefined : literalOf(node.name);
    if (name === undefined) continue;
    const same = names.get(name);
    if (same === undefined) names.set(name, [node]);
    else same.push(node);
  }
  return names;
}

function findSiblings(node: TaskNode, finder: Finder): TaskNode[] {
  return asNames(node.object.requires_metadata_from).flatMap(([name, index]) => {
    const path = [...node.path, 'requires_metadata_from', index];
    const named = finder.names.get(node.list)?.get(name) ?? [];
    const earlier = named.filter((each) => each.position < node.position);
    if (earlier.length > 0) {
      checkUnique(name, earlier, { path, list: node.list, finder });
      return earlier;
    }
    if (mayHaveName(node.list, name, { before: node.position, check: finder.check })) return [];
    finder.check.findings.error({ path, ...explainSibling(name, node, { named, finder }) });
    return [];
  });
}

function explainSibling(
  name: string,
  node: TaskNode,
  { named, finder }: { named: readonly TaskNode[]; finder: Finder },
): { message: string; near?: { word: string; among: string[] } } {
  const [first] = named;
  if (first === node) return { message: 'a task cannot wait for its own metadata' };
  if (first !== undefined) {
    return {
      message: `${quote(name)} stands later in the list (${renderPath(first.path)}): move it before this task`,
    };
  }
  const among = earlierNames(node.list, node.position);
  const other = finder.elsewhere.get(name);
  if (other !== undefined) {
    return { message: `${quote(name)} is no task of this list: it stands at ${renderPath(other.path)}` };
  }
  const there = among.length === 0 ? 'none there has a name' : `there are ${listed(among)}`;
  return {
    message: `no earlier task of this list is called ${quote(name)}: ${there}`,
    near: { word: name, among },
  };
}

function checkChildren(node: TaskNode, finder: Finder): void {
  const [body] = node.lists;
  if (body === undefined) return;
  for (const [name, index] of asNames(node.object.requires_metadata_from_child)) {
    const path = [...node.path, 'requires_metadata_from_child', index];
    const named = finder.names.get(body)?.get(name) ?? [];
    if (named.length > 0) checkUnique(name, named, { path, list: body, finder });
    else if (!mayHaveName(body, name, { before: body.tasks.length, check: finder.check })) {
      const among = earlierNames(body, body.tasks.length);
      const there = among.length === 0 ? 'none there has a name' : `there are ${listed(among)}`;
      const message = `no task of the loop's task_list is called ${quote(name)}: ${there}`;
      finder.check.findings.error({ path, message, near: { word: name, among } });
    }
  }
}

function checkUnique(
  name: string,
  named: readonly TaskNode[],
  { path, list, finder }: { path: Path; list: TaskList; finder: Finder },
): void {
  finder.asked.add(`${renderPath(list.path)} ${name}`);
  if (named.length < 2) return;
  const places = listed(named.map((each) => renderPath(each.path)));
  finder.check.findings.error({
    path,
    message: `${named.length} tasks are called ${quote(name)}: ${places}`,
  });
}

function warnOfDuplicates(list: TaskList, names: NamesOfList, { check, asked }: Finder): void {
  for (const [name, [first, second]] of names) {
    if (first === undefined || second === undefined || asked.has(`${renderPath(list.path)} ${name}`))
      continue;
    const message = `${labelOf(first)} at ${renderPath(first.path)} has the same name, so neither can be asked for`;
    check.findings.warn({ path: [...second.path, 'name'], message });
  }
}

/** Whether a task whose name is an expression could come out with this name. */
function mayHaveName(
  list: TaskList,
  name: string,
  { before, check }: { before: number; check: Check },
): boolean {
  if (!check.budget.spend(before)) return true;
  return list.tasks
    .slice(0, before)
    .some((each) => each.name?.includes(null) && matchesShape(name, each.name));
}

function earlierNames(list: TaskList, before: number): string[] {
  return list.tasks.slice(0, before).flatMap((each) => (each.name && literalOf(each.name)) ?? []);
}

function asNames(value: unknown): [name: string, index: number][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown, index): [string, number][] =>
    typeof each === 'string' ? [[each, index]] : [],
  );
}

function listed(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
}
