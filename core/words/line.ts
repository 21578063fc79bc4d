/**
 * Sentences that the command line and the pages have in common, as data: text with references in it. The one paints
 * states, the other makes links and badges; `partText` is what both show of a part, so that they say the same. Texts from
 * job files and tasks are put in as they are: `partText` makes them harmless.
 */
import type { PauseTarget } from '../store/pauses.ts';
import type { TaskRef } from '../store/task-views.ts';
import { formatInstant } from './format.ts';
import { type State, stateWord } from './states.ts';
import { printable } from './text.ts';

export interface TaskPart {
  readonly kind: 'task';
  readonly task: TaskRef;
  /** Whether its state is told with it. */
  readonly with_state: boolean;
}

/** What a command is about: what a page may link to, or offer as an action. */
export type About =
  | { readonly task: number }
  | { readonly job: number }
  | { readonly pause: PauseTarget }
  | null;

/** Something that can be typed. */
export interface CommandPart {
  readonly kind: 'command';
  readonly name: string;
  /** What follows the name. */
  readonly arguments: string;
  readonly about: About;
}

export type Part =
  | string
  | TaskPart
  | CommandPart
  | { readonly kind: 'job'; readonly id: number }
  | { readonly kind: 'state'; readonly state: State }
  | { readonly kind: 'instant'; readonly at: number }
  /** A word of a job file or of the settings. */
  | { readonly kind: 'code'; readonly text: string };

export type Line = readonly Part[];

/** Text between backticks with parts, whole lines, and numbers in it. */
export function line(texts: TemplateStringsArray, ...values: readonly (Part | Line | number)[]): Line {
  const parts = texts.flatMap((text, at): Line => {
    const value = values[at] ?? '';
    if (typeof value === 'number') return [text, String(value)];
    return isLine(value) ? [text, ...value] : [text, value];
  });
  return mergeTexts(parts);
}

const isLine = (value: Part | Line): value is Line => Array.isArray(value);

/** No text is empty, and none follows another. */
function mergeTexts(parts: Line): Line {
  const merged: Part[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else if (part !== '') merged.push(part);
  }
  return merged;
}

export function join(lines: readonly Line[], separator: string): Line {
  return mergeTexts(lines.flatMap((each, at): Line => (at === 0 ? each : [separator, ...each])));
}

/** `task 7 first (null)` */
export const nameTask = (task: TaskRef): TaskPart => ({ kind: 'task', task, with_state: false });
/** `task 7 first (null) (running)` */
export const nameWithState = (task: TaskRef): TaskPart => ({ kind: 'task', task, with_state: true });
export const nameJob = (id: number): Part => ({ kind: 'job', id });
export const instant = (at: number): Part => ({ kind: 'instant', at });
export const code = (text: string): Part => ({ kind: 'code', text });

export function command(name: string, rest = '', about: About = null): CommandPart {
  return { kind: 'command', name, arguments: rest, about };
}

/** What is to be typed. */
export function commandText({ name, arguments: rest }: CommandPart): string {
  return printable(`easel ${name}${rest === '' ? '' : ` ${rest}`}`);
}

export function partText(part: Part): string {
  if (typeof part === 'string') return printable(part);
  switch (part.kind) {
    case 'task':
      return `task ${part.task.id} ${printable(part.task.label)}${part.with_state ? ` (${stateWord(part.task.state)})` : ''}`;
    case 'job':
      return `job ${part.id}`;
    case 'state':
      return stateWord(part.state);
    case 'instant':
      return formatInstant(part.at);
    case 'code':
      return `\`${printable(part.text)}\``;
    case 'command':
      return `\`${commandText(part)}\``;
  }
}

export function textOf(parts: Line): string {
  return parts.map(partText).join('');
}
