import { expect, test } from 'vitest';
import { dict } from '../../core/model/values.ts';
import { columnsOf, lookUp, type Result } from '../../core/store/results.ts';

const result: Result = {
  ...{ task_id: 1, name: 'search', type: 'search' },
  variables: dict([
    ['radius', 1n],
    ['period', 3.7],
  ]),
  inherited: dict([
    ['radius', 1n],
    ['radius_index', 0n],
    ['period', 3.7],
    ['run', 'A'],
  ]),
  published: dict([
    ['radius', 1],
    ['period', 27.4],
    ['outcome', 'FAIL'],
  ]),
};

test('what a task has published hides what it inherits, which has a name of its own then', () => {
  expect(columnsOf(result)).toEqual(['radius', 'metadata.period', 'period', 'outcome']);
  expect(
    ['period', 'metadata.period', 'run', 'metadata.run', 'outcome', 'metadata.outcome', 'constructor'].map(
      (key) => lookUp(result, key),
    ),
  ).toEqual([...[27.4, 3.7, 'A', 'A', 'FAIL', undefined, undefined]]);
});
