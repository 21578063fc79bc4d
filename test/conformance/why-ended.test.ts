/** `easel why` of tasks that have ended, and not well: what they failed of, or what they were ended for. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, openEngine } from '../support/engine.ts';
import { first, loop, Stage } from '../support/stage.ts';

forEachDatabase('why it ended', ({ create }) => {
  let engine: Engine;
  let stage: Stage;
  beforeAll(async () => {
    engine = await openEngine({
      create,
      defaults: { max_lost: 2, retry_delay: 0 },
    });
    stage = new Stage(engine);
  });
  afterEach(() => stage.clear());
  afterAll(() => engine.close());

  describe('a task that ended badly', () => {
    test('because a file of the input area is missing: says which', async () => {
      const inputs = { i: "'{place}.gz'.format(**metadata)" };
      await stage.play([nothing({ name: 'reads', inputs })], { parameters: { place: 'nowhere' } });
      const { steps, advice, job_state } = await stage.why('reads');
      expect(steps).toMatchObject([
        { reason: { kind: 'failed', error: expect.stringContaining('"nowhere.gz"'), tries: [] } },
      ]);
      expect(advice).toMatch(/bring it to the input area, then `easel retry \d+`/);
      expect(job_state).toBe('failed');
    });

    test('because a failure three steps away blocks it: names that', async () => {
      await stage.play([
        first,
        nothing({ name: 'second', inputs: { i: 'first.gz' }, outputs: { o: 'second.gz' } }),
        nothing({ name: 'third', requires_metadata_from: ['second'] }),
        loop('fourth', [nothing()], { requires_metadata_from: ['third'] }),
      ]);
      await stage.perform('first', { exitClass: 'error', error: 'kaputt' });
      const { steps, advice } = await stage.why('fourth');
      expect(steps.map(({ task, reason }) => `${task.label} ${reason.kind}`)).toEqual([
        'fourth (execution_for_loop) blocked',
        'third (null) blocked',
        'second (null) blocked',
        'first (null) failed',
      ]);
      expect(advice).toContain(`\`easel logs ${await stage.id('first')}\``);
    });

    test('because of quality control: names the product and why it did not pass', async () => {
      await stage.play([first, nothing({ name: 'second', inputs: { i: 'first.gz' } })]);
      const product = await engine.kysely
        .selectFrom('products')
        .select('id')
        .where('job_id', '=', stage.jobId)
        .executeTakeFirstOrThrow();
      const version = {
        ...{ product_id: product.id, address: 'first.gz', passed: false, reason: 'all values are NaN' },
        ...{ size: 1, sha256: '0'.repeat(64), file: `qc/${stage.jobId}`, metadata: '{}' },
      };
      await stage.perform('first', { exitClass: 'qc', error: 'refused', versions: [version] });
      const { steps, advice } = await stage.why('second');
      expect(steps[1]?.reason).toMatchObject({
        kind: 'failed',
        refused: [{ output: 'o', address: 'first.gz', why: 'all values are NaN' }],
      });
      expect(advice).toMatch(/what quality control found/);
    });

    test.each([
      [{ exitClass: 'exit', exitCode: 7, error: 'lost' }, /correct what is wrong/],
      [{ exitClass: 'signal', exitSignal: 'SIGSEGV' }, /correct what is wrong/],
      [{ exitClass: 'oom', exitSignal: 'SIGKILL' }, /more memory/],
      [{ exitClass: 'timeout', error: 'after 5 s' }, /more time/],
    ] as const)('by itself: %o', async (outcome, expected) => {
      await stage.play([nothing({ name: 'bad' })]);
      await stage.perform('bad', outcome);
      const { steps, advice } = await stage.why('bad');
      const { exitClass, ...others } = { exitCode: null, exitSignal: null, error: null, ...outcome };
      const last = { exit_class: exitClass, exit_code: others.exitCode, exit_signal: others.exitSignal };
      expect(steps).toMatchObject([
        { reason: { kind: 'failed', attempts: 1, error: others.error, tries: [last] } },
      ]);
      expect(advice).toMatch(expected);
    });

    test('because its workers were lost too often: tells each', async () => {
      await stage.play([nothing({ name: 'poison' })]);
      for (let round = 1; round <= 3; round++) await stage.lose('poison');
      const { steps, advice } = await stage.why('poison');
      expect(steps).toMatchObject([
        {
          reason: {
            ...{
              kind: 'failed',
              attempts: 3,
              error: expect.stringContaining('lost more often than 2 times'),
            },
            tries: [3, 2, 1].map((attempt) => ({ attempt, state: 'lost', exit_class: 'lost' })),
          },
        },
      ]);
      expect(advice).toContain('--attempt N');
    });

    test('because its description cannot be evaluated', async () => {
      await stage.play([nothing({ name: 'odd', outputs: { o: "('x' + metadata['none'])" } })]);
      const { steps, advice } = await stage.why('odd');
      expect(steps).toMatchObject([{ reason: { kind: 'failed', error: expect.stringMatching(/KeyError/) } }]);
      expect(advice).toContain('correct it and submit it again');
    });

    test('because somebody cancelled it, and what needs it with it', async () => {
      await stage.play([first, nothing({ name: 'second', inputs: { i: 'first.gz' } })]);
      const a = await stage.id('first');
      await stage.cancel('first', 'no use');
      const { steps, advice } = await stage.why('second');
      expect(steps).toMatchObject([
        { reason: { kind: 'cancelled', cause: { id: a } } },
        { task: { id: a }, reason: { kind: 'cancelled', error: 'no use', cause: null } },
      ]);
      expect(advice).toContain('When it is wanted after all');
    });

    test('because a child of it failed, and it says which', async () => {
      await stage.play([loop('loop', [nothing({ name: 'each' })])]);
      const [one, two, three] = (await engine.view(stage.jobId)).named('each');
      await stage.perform(one?.id ?? 0);
      await stage.perform(two?.id ?? 0, { exitClass: 'error', error: 'x' });
      const open = await stage.why('loop');
      expect(open.steps[0]?.reason).toMatchObject({
        ...{ kind: 'expanded', open_children: 1, bad_children: 1 },
        bad: [{ state: 'failed', label: 'body' }],
      });
      await stage.perform(three?.id ?? 0);
      const { steps } = await stage.why('loop');
      expect(steps.map(({ task }) => task.label)).toEqual([
        'loop (execution_for_loop)',
        'body',
        'each (null)',
      ]);
      expect(steps.at(-1)?.task.id).toBe(two?.id);
    });
  });

  test('a branch that was not taken, and what waited for its product', async () => {
    const branch = [nothing({ name: 'other', outputs: { o: 'other.gz' } })];
    await stage.play([
      { task: 'execution_conditional', name: 'choice', criterion: '(1 > 2)', task_list: branch },
    ]);
    const taken = (await engine.view(stage.jobId)).tasks.find(({ state }) => state === 'not_taken');
    const { steps, advice } = await stage.why(taken?.id ?? 0);
    expect(steps).toMatchObject([
      { reason: { kind: 'not_taken', parent: { id: await stage.id('choice') } } },
    ]);
    expect(advice).toBe('Nothing: this is how it should be.');
  });
});
