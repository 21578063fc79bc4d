/**
 * The files that the tasks of a job file read and write, as shapes of addresses. Flow tasks write nothing
 * themselves; whatever outputs they declare are not counted.
 */
import { addressShape } from '../model/address.ts';
import { EaselError } from '../model/errors.ts';
import { globShape, globToRegExp, isGlob } from '../model/glob.ts';
import { literalOf, matchesShape, type Shape } from '../model/shape.ts';
import { isDict, type Value } from '../model/values.ts';
import type { Check } from './check.ts';
import type { Path } from './problem.ts';
import type { TaskNode, TaskTree } from './task-tree.ts';

export interface DeclaredFile {
  readonly node: TaskNode;
  readonly path: Path;
  /** Of the address. */
  readonly shape: Shape;
  /** The address when it is known and is no glob. */
  readonly address: string | undefined;
  /** The address as a glob, when it is known and is one. */
  readonly glob: string | undefined;
}

export interface Files {
  readonly inputs: readonly DeclaredFile[];
  readonly outputs: readonly DeclaredFile[];
  /** Products that are not declared one by one, such as those of an ingestion. */
  readonly others: readonly Shape[];
}

export function collectFiles(tree: TaskTree, check: Check): Files {
  const inputs: DeclaredFile[] = [];
  const outputs: DeclaredFile[] = [];
  const others: Shape[] = [];
  for (const node of tree.tasks) {
    for (const [path, name] of filesOf(node, 'inputs')) {
      const file = declare(node, { path, name, check });
      if (file !== undefined) inputs.push(file);
    }
    for (const [path, name] of filesOf(node, 'outputs')) {
      const file = declareOutput(node, { path, name, check });
      if (file !== undefined) outputs.push(file);
    }
    for (const type of check.registry.values()) {
      if (type.outputs_per_file === undefined || !matchesShape(type.name, node.type)) continue;
      others.push(addressShape(node.directory, [null, type.outputs_per_file.suffix]));
    }
  }
  return { inputs, outputs, others };
}

interface Named {
  readonly path: Path;
  readonly name: string;
  readonly check: Check;
}

function declareOutput(node: TaskNode, named: Named): DeclaredFile | undefined {
  const { path, check } = named;
  if (node.kind !== 'work') {
    check.findings.warn({ path, message: 'a flow task writes no files: declare this where it is written' });
    return undefined;
  }
  const file = declare(node, named);
  if (file?.glob === undefined) return file;
  check.findings.error({
    path,
    message: 'the name of a product has no *, ? or [..]: nobody could ask for it',
  });
  return undefined;
}

function declare(node: TaskNode, { path, name, check }: Named): DeclaredFile | undefined {
  const nameShape = check.expressions.of(name).shape;
  const literal = literalOf(nameShape);
  const wild = literal !== undefined && isGlob(literal);
  try {
    const shape = addressShape(node.directory, nameShape);
    const address = literalOf(shape);
    if (!wild) return { node, path, shape, address, glob: undefined };
    globToRegExp(literal);
    const openShape = addressShape(node.directory, globShape(literal));
    return { node, path, shape: openShape, address: undefined, glob: address };
  } catch (error) {
    if (!(error instanceof EaselError)) throw error;
    check.findings.error({ path, message: error.message });
    return undefined;
  }
}

function filesOf(node: TaskNode, side: 'inputs' | 'outputs'): [Path, string][] {
  const given = node.object[side];
  if (given === undefined || !isDict(given)) return [];
  return Object.entries(given).flatMap(([key, value]): [Path, string][] => {
    const path = [...node.path, side, key];
    if (!Array.isArray(value)) return textAt(path, value);
    return side === 'outputs' ? [] : value.flatMap((each, index) => textAt([...path, index], each));
  });
}

function textAt(path: Path, value: Value): [Path, string][] {
  return typeof value === 'string' ? [[path, value]] : [];
}
