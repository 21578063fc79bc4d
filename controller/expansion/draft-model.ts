/** What the drafting of tasks works on: drafts of tasks and scopes, and the batch that they gather in. */
import type { Definition, DefinitionNode } from '../../core/model/definition.ts';
import { EaselError } from '../../core/model/errors.ts';
import type { TaskState } from '../../core/model/states.ts';
import type { TaskType } from '../../core/model/task-type.ts';
import { type Dict, toJson, type Value } from '../../core/model/values.ts';

export interface ScopeDraft {
  id: number;
  readonly stored: boolean;
  readonly jobName: string | null;
  readonly directory: string;
  readonly metadata: Dict;
}

export interface InputDraft {
  readonly name: string;
  readonly address: string;
  readonly glob: boolean;
}

export interface TaskDraft {
  id: number;
  /** A row of the database already, of that type so far: a task whose names are known only now. */
  readonly stored?: { readonly type: string };
  readonly parent: { readonly id: number };
  readonly position: number;
  readonly node: DefinitionNode;
  scope: ScopeDraft;
  type: string;
  workerClass: string | null;
  state: TaskState;
  rank: number;
  openChildren: number;
  createdChildren: number;
  reason: string | null;
  causeId: number | null;
  inputs: InputDraft[];
  outputs: { readonly output: string; readonly address: string }[];
  readonly metadataFrom: { readonly name: string; readonly task: TaskDraft }[];
}

/**
 * A flow task whose children are drafted: its row, or a draft that is expanded along with its parent. Drafts have no
 * id yet; children refer to the draft itself, so that its id is there when rows are written.
 */
export interface FlowTask {
  readonly id: number;
  readonly node: DefinitionNode;
  readonly scope: ScopeDraft;
  readonly rank: number;
}

export interface DraftingContext {
  readonly definition: Definition;
  readonly registry: ReadonlyMap<string, TaskType>;
  /** Files of the input area that match a glob: paths relative to it. Throws EaselError for a glob that leaves it. */
  listInputFiles(glob: string): readonly string[];
  /** What `random.random()` in names is seeded with, together with the place of the task in the batch. */
  readonly seed: number;
  /** The drafts made so far, in order; and the scopes that are to be stored. */
  readonly tasks: TaskDraft[];
  readonly scopes: ScopeDraft[];
}

export function namesIn(value: Value | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

export function nodeAt({ definition }: Pick<DraftingContext, 'definition'>, index: number): DefinitionNode {
  const node = definition.nodes[index];
  if (node === undefined) throw new Error(`the definition has no node ${index}`);
  return node;
}

/** Bodies have the path of a list: what went wrong there bears the path of the loop. */
export function failWith(draft: TaskDraft, error: unknown): void {
  if (!(error instanceof EaselError)) throw error;
  const { message } = error;
  const isPlaced = message.includes(draft.node.path) || message.startsWith('$');
  fail(draft, isPlaced ? message : `${draft.node.path}: ${message}`);
}

export function fail(draft: TaskDraft, reason: string): TaskDraft {
  draft.state = 'failed';
  draft.reason = reason;
  return draft;
}

/** A value in a message. */
export function show(value: Value): string {
  const text = toJson(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
