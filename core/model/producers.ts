/**
 * Which nodes of a definition may produce which addresses, told before anything has run: the shape of each output's
 * address, directory included. A task that waits for a file asks here whether anything in its job could still make it.
 */
import { addressShape } from './address.ts';
import type { Definition, DefinitionNode } from './definition.ts';
import { shapeOf } from './expression/expression.ts';
import type { Shape } from './shape.ts';
import type { TaskType } from './task-type.ts';
import { isDict } from './values.ts';

export interface Producer {
  readonly node: DefinitionNode;
  readonly shape: Shape;
}

const ANYTHING: Shape = [null];

export function producersOf(definition: Definition, registry: ReadonlyMap<string, TaskType>): Producer[] {
  const directories: Shape[] = [];
  const producers: Producer[] = [];
  for (const node of definition.nodes) {
    const inherited = node.parent === undefined ? [''] : (directories[node.parent] ?? ANYTHING);
    const own = node.object.working_directory;
    const directory = typeof own === 'string' ? shapeOf(own) : inherited;
    directories[node.index] = directory;
    if (node.kind !== 'work') continue;
    const { outputs } = node.object;
    const names = isDict(outputs)
      ? Object.values(outputs).map((name) => (typeof name === 'string' ? shapeOf(name) : ANYTHING))
      : [];
    if (declaresPerFile(node, registry)) names.push(ANYTHING);
    for (const name of names) producers.push({ node, shape: shapeIn(directory, name) });
  }
  return producers;
}

function declaresPerFile(node: DefinitionNode, registry: ReadonlyMap<string, TaskType>): boolean {
  const type = typeof node.object.task === 'string' ? registry.get(node.object.task) : undefined;
  if (type !== undefined) return type.outputs_per_file !== undefined;
  return [...registry.values()].some((each) => each.outputs_per_file !== undefined);
}

/** An address that is refused is nobody's product. */
function shapeIn(directory: Shape, name: Shape): Shape {
  try {
    return addressShape(directory, name);
  } catch {
    return [];
  }
}
