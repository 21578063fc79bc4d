/**
 * Colours of the command line: only where stdout is a terminal, and as NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR
 * say. State is never told by colour alone.
 */
import { styleText } from 'node:util';
import type { AttemptState, JobState, TaskState } from '../model/states.ts';

export type Colour = Parameters<typeof styleText>[0];

export function paint(colour: Colour, text: string): string {
  return styleText(colour, text, { stream: process.stdout, validateStream: true });
}

type State = TaskState | AttemptState | JobState;

const COLOURS: Record<State, Colour> = {
  waiting: 'dim',
  ready: 'cyan',
  queued: 'cyan',
  running: 'blue',
  expanded: 'blue',
  done: 'green',
  succeeded: 'green',
  failed: 'red',
  lost: 'red',
  blocked: 'yellow',
  cancelled: 'magenta',
  not_taken: 'dim',
};

export function stateColour(state: State): Colour {
  return COLOURS[state];
}

const MARKS: Record<TaskState, string> = {
  waiting: '·',
  ready: '○',
  queued: '◌',
  running: '▶',
  expanded: '◐',
  done: '✓',
  failed: '✗',
  blocked: '⊘',
  cancelled: '⊗',
  not_taken: '–',
};

export function stateMark(state: TaskState): string {
  return MARKS[state];
}

/** As people read it. */
export function stateWord(state: State): string {
  return state.replace('_', ' ');
}
