import { expect, test } from 'vitest';
import type { Explanation } from '../../core/store/explanation.ts';
import type { TaskRef } from '../../core/store/task-views.ts';
import { formatInstant } from '../../core/words/format.ts';
import { commandText, join, line, nameTask, nameWithState, textOf } from '../../core/words/line.ts';
import { describePause, resumeCommand } from '../../core/words/pauses.ts';
import { describeWhy } from '../../core/words/why.ts';

const reader: TaskRef = {
  ...{ id: 8, job_id: 3, label: 'reads (null)', kind: 'work', state: 'blocked' },
  path: '$.task_list[1]',
};
const maker: TaskRef = { ...reader, id: 7, label: 'makes\n(null)', state: 'not_taken' };

test('a line takes texts, numbers, parts and lines, and keeps texts together', () => {
  const inner = line`two ${nameTask(reader)}`;
  expect(line`one ${1}, ${inner} three${''}`).toEqual([
    'one 1, two ',
    { kind: 'task', task: reader, with_state: false },
    ' three',
  ]);
  expect(line`${''}`).toEqual([]);
  expect(join([['a'], [], inner, ['b']], '; ')).toEqual(['a; ; two ', nameTask(reader), '; b']);
});

test('as text, references are named, and what would steer a terminal is shown instead', () => {
  expect(textOf(line`${nameTask(maker)} of ${'a\u001b[31mb'}`)).toBe(
    'task 7 makes\\n(null) of a\\u001b[31mb',
  );
  expect(textOf([nameWithState(maker)])).toBe('task 7 makes\\n(null) (not taken)');
});

test('a pause names what it holds, and the command that lifts it', () => {
  const pause = { scope: 'job' as const, name: '7', since: 1_700_000_000_000, person: 'anna' };
  const command = resumeCommand(pause);
  expect(command).toMatchObject({ name: 'resume', about: { pause: { scope: 'job', name: '7' } } });
  expect(commandText(command)).toBe('easel resume --job 7');
  expect(describePause(pause)).toEqual([
    { kind: 'job', id: 7 },
    ' is paused since ',
    { kind: 'instant', at: pause.since },
    ' by anna: ',
    command,
    ' lets it go on',
  ]);
  expect(textOf(describePause(pause))).toBe(
    `job 7 is paused since ${formatInstant(pause.since)} by anna: \`easel resume --job 7\` lets it go on`,
  );
});

test('an explanation in words refers to its tasks, states and commands', () => {
  const failed: TaskRef = { ...maker, label: 'makes (null)', state: 'failed' };
  const explanation: Explanation = {
    ...{ task: reader, job_state: 'failed', end: 'found' },
    steps: [
      { task: reader, reason: { kind: 'blocked', error: null, cause: failed }, skipped: 0 },
      {
        task: failed,
        reason: { kind: 'failed', error: 'no file', attempts: 0, tries: [], refused: [], cause: null },
        skipped: 2,
      },
    ],
  };
  const words = describeWhy(explanation);
  expect(words.answer).toEqual([
    nameTask(reader),
    ' is ',
    { kind: 'state', state: 'blocked' },
    ': it can never run, because of ',
    nameWithState(failed),
    '; it comes down to this: ',
    nameTask(failed),
    ' ',
    { kind: 'state', state: 'failed' },
    ': no file',
  ]);
  expect(words.advice).toContainEqual({
    ...{ kind: 'command', name: 'retry', arguments: '7', about: { task: 7 } },
  });
  expect(words.steps.map(({ skipped, sentence }) => [skipped, textOf(sentence)])).toEqual([
    [2, 'task 7 makes (null) failed: no file'],
  ]);
});
