/**
 * The answer to "why does this task stand where it stands?": its state and what that comes down to, what to do, and then
 * the way there, one step for each task that stands for another's sake.
 */
import type { TaskState } from '../model/states.ts';
import type { Explanation, Step } from '../store/explanation.ts';
import { advise } from './advice.ts';
import { type Line, line, nameTask } from './line.ts';
import { describeReason } from './reasons.ts';

export interface StepWords {
  /** So many tasks between the step before and this one are not told. */
  readonly skipped: number;
  readonly sentence: Line;
  readonly details: readonly Line[];
}

export interface WhyWords {
  readonly answer: Line;
  readonly advice: Line;
  readonly details: readonly Line[];
  /** From the task on to where something can be done. */
  readonly steps: readonly StepWords[];
}

export function describeWhy(explanation: Explanation): WhyWords {
  const { steps, end } = explanation;
  const [own, ...others] = steps.map(describeStep);
  const last = end === 'found' ? others.at(-1) : undefined;
  const root = last === undefined ? '' : line`; it comes down to this: ${last.sentence}`;
  return {
    answer: line`${own?.sentence ?? ''}${root}`,
    advice: advise(explanation),
    details: own?.details ?? [],
    steps: others,
  };
}

const VERBS: Partial<Record<TaskState, string>> = { failed: '', not_taken: 'was ', cancelled: 'was ' };

function describeStep({ task, reason, skipped }: Step): StepWords {
  const { gist, details } = describeReason(reason);
  const { state } = task;
  const sentence = line`${nameTask(task)} ${VERBS[state] ?? 'is '}${{ kind: 'state', state }}${gist}`;
  return { skipped, sentence, details };
}
