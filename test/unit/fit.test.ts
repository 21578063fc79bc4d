/** What workers of a class need, and how many slots fit where. */
import { describe, expect, test } from 'vitest';
import { type Capacity, classNeeds, findMisfit, slotsFor, workerClasses } from '../../core/model/fit.ts';
import { type TaskType, taskTypeSchema } from '../../core/model/task-type.ts';
import { readCapacity } from '../../core/runtime/capacity.ts';
import { explainMisfit } from '../../core/words/fit.ts';

function type(name: string, given: object = {}): TaskType {
  return { ...taskTypeSchema.parse({ description: name, ...given }), name };
}

const TYPES = [
  type('look'),
  type('search', { resources: { cpu: 4, memory_gb: 2 } }),
  type('train', { resources: { cpu: 2, memory_gb: 16, gpu: 1 }, worker_class: 'learning' }),
  type('wide', { resources: { cpu: 1, memory_gb: 3 } }),
];

const machine = (given: Partial<Capacity>): Capacity => ({
  ...{ cpu: 8, gpu: 0, memory_gb: 16, isLimited: false },
  ...given,
});

test('the needs of a class are the largest of its types, times the slots, and the worker itself', () => {
  expect(workerClasses(TYPES)).toEqual(['default', 'learning']);
  expect(classNeeds(TYPES, 'default', 1)).toEqual({ cpu: 4, gpu: 0, memory_gb: 3.25 });
  expect(classNeeds(TYPES, 'default', 3)).toEqual({ cpu: 12, gpu: 0, memory_gb: 9.25 });
  expect(classNeeds(TYPES, 'learning', 2)).toEqual({ cpu: 4, gpu: 2, memory_gb: 32.25 });
});

test('a class that tasks come to when they ran out of memory must hold them as they are then', () => {
  const types = [
    type('fit', { resources: { cpu: 2, memory_gb: 4 }, after_oom: { worker_class: 'large', memory_gb: 12 } }),
    type('look'),
  ];
  expect(workerClasses(types)).toEqual(['default', 'large']);
  expect(classNeeds(types, 'default', 1)).toEqual({ cpu: 2, gpu: 0, memory_gb: 4.25 });
  expect(classNeeds(types, 'large', 2)).toEqual({ cpu: 4, gpu: 0, memory_gb: 24.25 });
});

test.each([
  [{ after_oom: { worker_class: 'default', memory_gb: 2 } }, /another class/],
  [{ after_oom: { worker_class: 'large', memory_gb: 1 } }, /more than the type's resources.memory_gb/],
  [{ after_oom: { worker_class: 'large' } }, /memory_gb/],
  [{ after_oom: { worker_class: 'Large', memory_gb: 2 } }, /worker_class/],
])('the registry refuses %o', (given, message) => {
  expect(() => type('fit', given)).toThrow(message);
});

describe('slots', () => {
  test.each([
    { has: {}, slots: 2, why: 'cores' },
    { has: { memory_gb: 5 }, slots: 1, why: 'memory' },
    { has: { cpu: 64, memory_gb: 12.25 }, slots: 4, why: 'memory to the brim' },
    { has: { cpu: 1, memory_gb: 1 }, slots: 1, why: 'at least one' },
  ])('as many as fit by $why: $slots', ({ has, slots }) => {
    expect(slotsFor(TYPES, 'default', machine(has))).toBe(slots);
  });

  test('of a class with GPUs', () => {
    expect(slotsFor(TYPES, 'learning', machine({ cpu: 32, memory_gb: 500, gpu: 3 }))).toBe(3);
  });

  test('of small tasks, at most one per core', () => {
    const small = [type('tiny', { resources: { cpu: 0.1, memory_gb: 0.01 } })];
    expect(slotsFor(small, 'default', machine({ cpu: 4 }))).toBe(4);
    expect(slotsFor(small, 'default', machine({ cpu: 0.5 }))).toBe(1);
    expect(slotsFor([], 'unheard', machine({ cpu: 4 }))).toBe(4);
  });

  test('what is planned for a number of slots holds that number', () => {
    for (const memory_gb of [0.1, 0.3, 0.7, 1.1, 3.3])
      for (const cpu of [0.1, 0.3, 1, 1.7])
        for (let slots = 1; slots < 40; slots++) {
          const types = [type('task', { resources: { cpu, memory_gb } })];
          const capacity = machine({ ...classNeeds(types, 'default', slots), isLimited: true });
          expect(findMisfit(types, 'default', { slots, capacity })).toBeUndefined();
          expect(findMisfit(types, 'default', { slots: slots + 1, capacity })).toBeDefined();
        }
  });
});

describe('a misfit', () => {
  const misfit = (workerClass: string, slots: number, has: Partial<Capacity>) =>
    findMisfit(TYPES, workerClass, { slots, capacity: machine(has) });

  test('there is none', () => {
    expect(misfit('default', 2, {})).toBeUndefined();
    expect(misfit('unheard', 100, {})).toBeUndefined();
  });

  test('is of the kind that is shortest', () => {
    expect(misfit('default', 4, {})).toMatchObject({ kind: 'cpu', type: 'search', slotsThatFit: 2 });
    expect(misfit('default', 4, { memory_gb: 4 })).toMatchObject({ kind: 'memory_gb', type: 'wide' });
    expect(misfit('learning', 1, { memory_gb: 64 })).toMatchObject({ kind: 'gpu', slotsThatFit: 0 });
  });

  test('in words: type, need, what there is, and what to do', () => {
    const say = (...asked: Parameters<typeof misfit>) => {
      const found = misfit(...asked);
      return found && explainMisfit(found);
    };
    expect(say('default', 1, { memory_gb: 1.5, isLimited: true })).toBe(
      'a worker of class "default" does not fit: task type "wide" needs 3 GB, the worker itself 0.25 GB, and this container has 1.5 GB. Give it a larger machine, or its container a higher limit, or lower the type\'s `resources` in the registry.',
    );
    expect(say('default', 3, {})).toBe(
      '3 slots of class "default" do not fit: together they need 12 cores (task type "search" needs 4 cores, and this machine has 8 cores). Start it with `--slots 2`, or give it a larger machine, or its container a higher limit.',
    );
    expect(say('learning', 1, { memory_gb: 64 })).toContain(
      '"train" needs 1 GPU, and this machine has 0 GPUs',
    );
  });
});

test.each([
  [{ CUDA_VISIBLE_DEVICES: '0,3', NVIDIA_VISIBLE_DEVICES: 'all' }, 2],
  [{ NVIDIA_VISIBLE_DEVICES: 'GPU-8a5c' }, 1],
  [{ CUDA_VISIBLE_DEVICES: '-1' }, 0],
  [{ NVIDIA_VISIBLE_DEVICES: 'void' }, 0],
  [{ CUDA_VISIBLE_DEVICES: '' }, 0],
])('%o shows %i GPUs', (environment, gpu) => {
  expect(readCapacity(environment)).toMatchObject({ gpu });
});
