/**
 * Checks of every expression of a file: that it compiles, and that it reads the output metadata only of tasks that
 * the task waits for.
 */
import { isExpression } from '../model/expression/expression.ts';
import { type Dict, isDict, type Value } from '../model/values.ts';
import type { Check } from './check.ts';
import { type Path, quote } from './problem.ts';
import type { Part } from './source.ts';
import type { TaskNode, TaskTree } from './task-tree.ts';

/** The children's own expressions are theirs; parameters are plain values. */
const ROOT_SKIPPED: readonly string[] = ['task_list', 'parameters'];
const FLOW_SKIPPED: readonly string[] = ['task_list', 'else_task_list'];

export function checkExpressions(root: Dict, tree: TaskTree, check: Check): void {
  new ExpressionWalk(check, undefined).walkMembers(root, [], ROOT_SKIPPED);
  for (const node of tree.tasks) {
    new ExpressionWalk(check, node).walkMembers(
      node.object,
      node.path,
      node.kind === 'work' ? [] : FLOW_SKIPPED,
    );
  }
}

class ExpressionWalk {
  readonly #check: Check;
  readonly #node: TaskNode | undefined;

  constructor(check: Check, node: TaskNode | undefined) {
    this.#check = check;
    this.#node = node;
  }

  walkMembers(object: Dict, path: Path, skipped: readonly string[] = []): void {
    for (const [key, value] of Object.entries(object)) {
      if (skipped.includes(key)) continue;
      const inner = [...path, key];
      if (isExpression(key)) this.#checkText(key, inner, 'key');
      this.#walk(value, inner);
    }
  }

  #walk(value: Value, path: Path): void {
    if (typeof value === 'string') this.#checkText(value, path, 'value');
    else if (Array.isArray(value))
      for (const [index, each] of value.entries()) this.#walk(each, [...path, index]);
    else if (isDict(value)) this.walkMembers(value, path);
  }

  #checkText(text: string, path: Path, part: Part): void {
    const { findings, expressions } = this.#check;
    const { fault, requested } = expressions.of(text);
    if (fault !== undefined) {
      findings.error({
        path,
        part,
        index: fault.offset,
        message: `the expression is wrong: ${fault.reason}`,
      });
    }
    for (const { key, at } of requested) {
      const names = this.#namesFor(path);
      if (names === undefined || names.includes(key)) continue;
      const message = `requested_metadata has no ${quote(key)} here: add it to ${this.#listFor(path)}`;
      findings.error({ path, part, index: at, message, near: { word: key, among: names } });
    }
  }

  /** Undefined when a name is an expression: then it may be any. */
  #namesFor(path: Path): string[] | undefined {
    const object = this.#node?.object;
    const lists = [
      object?.requires_metadata_from,
      this.#isRepeat(path) ? object?.requires_metadata_from_child : [],
    ];
    const names = lists
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .filter((each) => typeof each === 'string');
    return names.some(isExpression) ? undefined : names;
  }

  #listFor(path: Path): string {
    return this.#isRepeat(path) ? 'requires_metadata_from_child' : 'requires_metadata_from';
  }

  #isRepeat(path: Path): boolean {
    return this.#node?.kind === 'do_while' && path[this.#node.path.length] === 'repeat_criterion';
  }
}
