/**
 * Checks of the files between tasks: that no two tasks write the same one, and that every input with a known
 * address is written by some task or lies in the input area.
 */
import { literalOf, matchesShape, type Shape } from '../model/shape.ts';
import type { Dict } from '../model/values.ts';
import type { Check } from './check.ts';
import type { DeclaredFile, Files } from './files.ts';
import type { Finding } from './findings.ts';
import { quote, renderPath } from './problem.ts';
import type { TaskNode } from './task-tree.ts';

export type FileExists = (address: string) => boolean;

export function checkFiles(files: Files, check: Check, inputFileExists: FileExists | undefined): void {
  checkUnique(files, check);
  if (inputFileExists !== undefined) checkMissing(files, check, inputFileExists);
}

function checkUnique({ outputs }: Files, { findings }: Check): void {
  const writers = new Map<string, DeclaredFile[]>();
  for (const file of outputs) {
    if (file.address === undefined) continue;
    warnOfLoop(file, findings);
    const others = writers.get(file.address) ?? [];
    const other = others.find((each) => mayBothRun(each.node, file.node));
    if (other !== undefined) {
      const message = `the file ${quote(file.address)} is written at ${renderPath(other.path)} too`;
      findings.error({ path: file.path, message });
    } else writers.set(file.address, [...others, file]);
  }
}

/** In a for loop a fixed name is one file for all iterations. A do-while loop makes a newer version each time. */
function warnOfLoop(file: DeclaredFile, findings: Check['findings']): void {
  for (let node = file.node.parent; node !== undefined; node = node.parent) {
    if (node.kind !== 'for_loop' || loopIsSingle(node.object)) continue;
    const message = `every iteration of the loop at ${renderPath(node.path)} writes this same file`;
    findings.warn({ path: file.path, message });
    return;
  }
}

/** Whether the file itself says that the loop has one iteration at most. */
function loopIsSingle({ values, linear_range, log_range }: Dict): boolean {
  if (Array.isArray(values)) return values.length <= 1;
  const range = linear_range ?? log_range;
  return Array.isArray(range) && typeof range[2] === 'bigint' && range[2] <= 1n;
}

/** False for the two branches of one conditional. */
function mayBothRun(a: TaskNode, b: TaskNode): boolean {
  const branches = new Map<TaskNode, string>();
  for (let node: TaskNode = a; node.parent !== undefined; node = node.parent)
    branches.set(node.parent, node.list.key);
  for (let node: TaskNode = b; node.parent !== undefined; node = node.parent) {
    const branch = branches.get(node.parent);
    if (branch !== undefined) return node.parent.kind !== 'conditional' || branch === node.list.key;
  }
  return true;
}

function checkMissing(files: Files, check: Check, inputFileExists: FileExists): void {
  const addresses = new Set(files.outputs.flatMap((file) => file.address ?? []));
  const open = distinct([...files.outputs.map((file) => file.shape), ...files.others]);
  const answers = new Map<string, boolean>();
  for (const { address, path, node } of files.inputs) {
    if (address === undefined || addresses.has(address)) continue;
    const found = answers.get(address) ?? (mayBeMade(address, open, check) || inputFileExists(address));
    answers.set(address, found);
    if (found) continue;
    const message = `nothing makes the file ${quote(address)}, and it is not in the input area`;
    const near = check.budget.spend(addresses.size) ? nearFiles(address, node, addresses) : undefined;
    check.findings.error(near === undefined ? { path, message } : { path, message, near });
  }
}

/** As the job file would write them: files of the task's own directory without it. */
function nearFiles(address: string, node: TaskNode, addresses: ReadonlySet<string>): Finding['near'] {
  const directory = literalOf(node.directory) ?? '';
  const bare = (each: string) => (each.startsWith(`${directory}/`) ? each.slice(directory.length + 1) : each);
  return { word: bare(address), among: [...addresses].map(bare) };
}

function mayBeMade(address: string, open: readonly Shape[], check: Check): boolean {
  return !check.budget.spend(open.length) || open.some((shape) => matchesShape(address, shape));
}

function distinct(shapes: readonly Shape[]): Shape[] {
  const open = shapes.filter((shape) => shape.includes(null));
  return [...new Map(open.map((shape) => [JSON.stringify(shape), shape])).values()];
}
