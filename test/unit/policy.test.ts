/** Which rule holds for which attempt, how long the pauses grow, and what the job file may say. */
import { describe, expect, test } from 'vitest';
import { buildDefinition } from '../../core/model/definition.ts';
import { policyOf, retryDelayMs } from '../../core/model/policy.ts';
import type { PolicyDefaults } from '../../core/model/policy-keys.ts';
import { isDict, parseJson, type Value } from '../../core/model/values.ts';

const same = (value: Value) => value;

/** The policy of the node at `path` of a job file. */
function policyAt(
  file: object,
  path: string,
  defaults: { type?: PolicyDefaults; own?: PolicyDefaults } = {},
) {
  const root = parseJson(JSON.stringify(file));
  const definition = buildDefinition(isDict(root) ? root : {});
  const node = definition.nodes.find((each) => each.path === path);
  if (node === undefined) throw new Error(`no node ${path}`);
  const installation = { max_lost: 3, ...defaults.own };
  return policyOf({ definition, node: node.index, type: defaults.type, installation }, same);
}

const FIRST = '$.task_list[0]';
const DEEP = '$.task_list[0].task_list[0]';
const chain = (keys: object, inner: object) => ({
  task_list: [{ task: 'execution_chain', ...keys, task_list: [{ task: 'null', ...inner }] }],
});

test('what ran out of memory is tried again where its type says there is more, anything else where it was', () => {
  const type = { retries: 1, after_oom: { worker_class: 'large' } };
  const policy = policyAt({ task_list: [{ task: 'null' }] }, FIRST, { type });
  expect(policy.allowance('oom')).toMatchObject({ retries: 1, workerClass: 'large' });
  expect(policy.allowance('exit')).not.toHaveProperty('workerClass');
  expect(policyAt({ task_list: [{ task: 'null' }] }, FIRST).allowance('oom')).not.toHaveProperty(
    'workerClass',
  );
});

describe('retries', () => {
  test('by default only what was lost is tried again', () => {
    const policy = policyAt({ task_list: [{ task: 'null' }] }, FIRST);
    for (const each of ['error', 'exit', 'signal', 'oom', 'timeout', 'qc', 'cancelled'] as const)
      expect(policy.allowance(each).retries).toBe(0);
    expect(policy.allowance('lost')).toMatchObject({ retries: 3, classes: ['lost'] });
  });

  test('a number stands for all but lost and cancelled, and they are counted together', () => {
    const policy = policyAt({ task_list: [{ task: 'null', retries: 2 }] }, FIRST);
    expect(policy.allowance('exit')).toMatchObject({
      retries: 2,
      classes: ['error', 'exit', 'signal', 'oom', 'timeout', 'qc'],
    });
    expect(policy.allowance('lost').retries).toBe(3);
    expect(policy.allowance('cancelled').retries).toBe(0);
  });

  test('the nearest that speaks of a class holds for it', () => {
    const file = { retries: { lost: 7, qc: 1 }, ...chain({ retries: 4 }, { retries: { exit: 2 } }) };
    const policy = policyAt(file, DEEP, { type: { retries: { oom: 9 } } });
    expect(policy.allowance('exit')).toMatchObject({ retries: 2, classes: ['exit'] });
    expect(policy.allowance('oom').retries).toBe(4);
    expect(policy.allowance('qc').retries).toBe(4);
    expect(policy.allowance('lost').retries).toBe(7);
  });

  test('the type comes after the job file, the installation last', () => {
    const defaults = { type: { retries: { oom: 9 } }, own: { retries: 1, max_lost: 3 } };
    const policy = policyAt(chain({}, {}), DEEP, defaults);
    expect(policy.allowance('oom').retries).toBe(9);
    expect(policy.allowance('exit').retries).toBe(1);
  });
});

describe('time limits', () => {
  test('a number limits the run; queue and run are looked for apart', () => {
    const file = { timeout: { queue: 60 }, ...chain({ timeout: 5 }, {}) };
    const policy = policyAt(file, DEEP, { own: { timeout: { queue: 1, run: 1 } } });
    expect([policy.runSeconds, policy.queueSeconds]).toEqual([5, 60]);
  });

  test('without any there is none', () => {
    const policy = policyAt(chain({}, {}), DEEP);
    expect([policy.runSeconds, policy.queueSeconds]).toEqual([undefined, undefined]);
  });

  test('what is no number, 0 or more, is refused with its place', () => {
    expect(() => policyAt(chain({}, { timeout: -1 }), DEEP)).toThrow(
      /task_list\[0\]\.timeout: expected a number/,
    );
    expect(() => policyAt(chain({ retries: 'x' }, {}), DEEP)).toThrow(/task_list\[0\]\.retries.*found "x"/);
  });
});

describe('delays', () => {
  const allowance = { retries: 99, classes: ['exit'] as const, delaySeconds: 10 };

  test('each is twice the one before, between half and one and a half of it', () => {
    expect([1, 2, 3].map((failures) => retryDelayMs(allowance, failures, 0.5))).toEqual([
      10_000, 20_000, 40_000,
    ]);
    expect(retryDelayMs(allowance, 1, 0)).toBe(5_000);
    expect(retryDelayMs(allowance, 1, 0.999)).toBeCloseTo(14_990, -1);
  });

  test('they end at an hour, unless the first is longer', () => {
    expect(retryDelayMs(allowance, 60, 0.5)).toBe(3_600_000);
    expect(retryDelayMs({ ...allowance, delaySeconds: 7_200 }, 3, 0.5)).toBe(7_200_000);
  });

  test('what was lost for the first time has waited for the end of its lease', () => {
    const lost = { ...allowance, classes: ['lost'] as const };
    expect(retryDelayMs(lost, 1)).toBe(0);
    expect(retryDelayMs(lost, 2, 0.5)).toBe(20_000);
  });
});
