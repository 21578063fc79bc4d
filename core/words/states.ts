/** States as people read them. State is never told by colour alone: a word or a mark says it too. */
import type { AttemptState, JobState, TaskState } from '../model/states.ts';

export type State = TaskState | AttemptState | JobState;

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

export function stateWord(state: State): string {
  return state.replace('_', ' ');
}
