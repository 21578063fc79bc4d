/** Conditionals, do-while loops, and the metadata that both decide by. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, startEngine } from '../support/engine.ts';

forEachDatabase('decisions', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterAll(() => engine.close());

  test('metadata arrives exactly as it left: int, float, string, boolean, and large ones', async () => {
    const says = `{"i": 7, "f": 7.0, "small": 1e-300, "s": "seven ☂ {}", "t": true, "big": 12345678901234567890}`;
    const text = `{"task_list": [
      {"task": "null", "duration": 0, "name": "says", "metadata": ${says}},
      {"task": "null", "duration": 0, "name": "hears", "requires_metadata_from": ["says"],
       "metadata": {"i": "(requested_metadata['says']['i'])", "f": "(requested_metadata['says']['f'])",
         "small": "(requested_metadata['says']['small'])", "s": "(requested_metadata['says']['s'])",
         "t": "(requested_metadata['says']['t'])", "big": "(requested_metadata['says']['big'])",
         "text": "('{i} {f} {t} {small}'.format(**requested_metadata['says']))"}}]}`;
    const job = await engine.run(text);
    const { output } = job.task('hears');
    expect({ ...output }).toEqual({
      ...{ i: 7n, f: 7, small: 1e-300, s: 'seven ☂ {}', t: true, big: 12345678901234567890n },
      text: '7 7.0 True 1e-300',
    });
  });

  const decide = (name: string, criterion: string, more: object = {}) => ({
    task: 'execution_conditional',
    name,
    criterion,
    task_list: [nothing({ name: `${name} then` })],
    else_task_list: [nothing({ name: `${name} else` })],
    ...more,
  });

  test('a conditional runs one branch and shows the other as not taken', async () => {
    const job = await engine.run({
      task_list: [
        nothing({ name: 'says', metadata: { outcome: 'PASS', n: 0 } }),
        decide('yes', "(requested_metadata['says']['outcome'] == 'PASS')", {
          requires_metadata_from: ['says'],
        }),
        decide('no', "(requested_metadata['says']['n'])", { requires_metadata_from: ['says'] }),
        decide('literal', '(1 < 2 < 3)'),
      ],
    });
    expect(job.state).toBe('succeeded');
    expect(job.states()).toEqual({
      ...{ says: 'done', yes: 'done', 'yes then': 'done', no: 'done', 'no else': 'done' },
      ...{ literal: 'done', 'literal then': 'done' },
    });
    expect(
      job.tasks
        .filter(({ state }) => state === 'not_taken')
        .map(({ path }) => path)
        .sort(),
    ).toEqual(['$.task_list[1].else_task_list', '$.task_list[2].task_list', '$.task_list[3].else_task_list']);
  });

  test('conditionals nest, inside loops too', async () => {
    const job = await engine.run({
      task_list: [
        {
          task: 'execution_for_loop',
          parameter: 'i',
          values: [1, 2, 3, 4],
          task_list: [
            {
              task: 'execution_conditional',
              criterion: "(metadata['i'] % 2 == 0)",
              task_list: [
                {
                  task: 'execution_conditional',
                  criterion: "(metadata['i'] > 2)",
                  task_list: [nothing({ outputs: { o: "('nested/{i}_large'.format(**metadata))" } })],
                  else_task_list: [nothing({ outputs: { o: "('nested/{i}_small'.format(**metadata))" } })],
                },
              ],
              else_task_list: [nothing({ outputs: { o: "('nested/{i}_odd'.format(**metadata))" } })],
            },
          ],
        },
      ],
    });
    expect([...job.products.keys()]).toEqual([
      'nested/1_odd',
      'nested/2_small',
      'nested/3_odd',
      'nested/4_large',
    ]);
  });

  test('who needs a product of the branch not taken fails, and says so', async () => {
    const job = await engine.run({
      task_list: [
        nothing({ name: 'wants', inputs: { a: 'branch/else' } }),
        nothing({ name: 'follows', requires_metadata_from: ['wants'] }),
        nothing({ name: 'gets', inputs: { a: 'branch/then' } }),
        {
          task: 'execution_conditional',
          name: 'decides',
          criterion: '(True)',
          task_list: [nothing({ outputs: { o: 'branch/then' } })],
          else_task_list: [nothing({ outputs: { o: 'branch/else' } })],
        },
      ],
    });
    expect(job.states()).toEqual({ wants: 'failed', follows: 'blocked', gets: 'done', decides: 'done' });
    expect(job.state).toBe('failed');
    expect(job.task('wants').reason).toMatch(/^\$\.task_list\[0\]\.inputs\.a: .*"branch\/else"/);
    expect(job.task('follows').cause_id).toBe(job.task('wants').id);
  });

  const repeat = (keys: object, ...tasks: object[]) => ({
    task: 'execution_do_while_loop',
    name: 'repeats',
    iteration_name: 'it',
    requires_metadata_from_child: ['body'],
    task_list: tasks,
    ...keys,
  });

  test('a do-while loop counts from 1 and asks its children whether to go on', async () => {
    const job = await engine.run({
      task_list: [
        repeat(
          { repeat_criterion: "(requested_metadata['body']['seen'] < 3 and metadata['it_index'] < 10)" },
          nothing({
            name: 'body',
            metadata: { seen: "(metadata['it_index'])" },
            outputs: { o: "('while/{it_index}'.format(**metadata))" },
          }),
        ),
        nothing({ name: 'after', requires_metadata_from: ['repeats'], inputs: { a: 'while/3' } }),
      ],
    });
    expect(job.states()).toEqual({ repeats: 'done', body: 'done done done', after: 'done' });
    expect([...job.products.keys()]).toEqual(['while/1', 'while/2', 'while/3']);
    expect(job.named('body').map(({ output }) => output.seen)).toEqual([1n, 2n, 3n]);
  });

  test('it runs at least once, and nests in a loop', async () => {
    const once = await engine.run({
      task_list: [repeat({ repeat_criterion: '(False)' }, nothing({ name: 'body' }))],
    });
    expect(once.states()).toEqual({ repeats: 'done', body: 'done' });
    const nested = await engine.run({
      task_list: [
        {
          task: 'execution_for_loop',
          parameter: 'n',
          values: [1, 2, 3],
          task_list: [
            repeat(
              { repeat_criterion: "(metadata['it_index'] < metadata['n'])" },
              nothing({ name: 'body', outputs: { o: "('times/{n}_{it_index}'.format(**metadata))" } }),
            ),
          ],
        },
      ],
    });
    expect([...nested.products.keys()]).toEqual([
      'times/1_1',
      'times/2_1',
      'times/2_2',
      'times/3_1',
      'times/3_2',
      'times/3_3',
    ]);
  });

  test('an iteration that fails fails the loop, and whoever waits for it', async () => {
    const job = await engine.run({
      task_list: [
        repeat(
          { repeat_criterion: '(True)', requires_metadata_from_child: ['body'] },
          nothing({ name: 'body' }),
          {
            task: 'execution_conditional',
            name: 'third',
            criterion: "(metadata['it_index'] == 3)",
            task_list: [{ task: 'error', name: 'fails', message: 'in the third' }],
          },
        ),
        nothing({ name: 'after', requires_metadata_from: ['repeats'] }),
      ],
    });
    expect(job.states()).toEqual({
      repeats: 'failed',
      body: 'done done done',
      third: 'done done failed',
      fails: 'failed',
      after: 'blocked',
    });
    expect(job.task('fails').reason).toBe('in the third');
  });

  test('a criterion that cannot be evaluated fails its task and names its place', async () => {
    const job = await engine.run({
      task_list: [
        nothing({ name: 'says', metadata: { a: 1 } }),
        decide('key', "(requested_metadata['says']['b'] > 1)", { requires_metadata_from: ['says'] }),
        repeat({ repeat_criterion: "(requested_metadata['body']['missing'])" }, nothing({ name: 'body' })),
      ],
    });
    expect(job.states()).toEqual({ says: 'done', key: 'failed', repeats: 'failed', body: 'done' });
    expect(job.task('key').reason).toMatch(/KeyError: 'b'.* at \$\.task_list\[1\]\.criterion, character 28/);
    expect(job.task('repeats').reason).toMatch(/ at \$\.task_list\[2\]\.repeat_criterion/);
  });

  test('type, files and directory may depend on metadata of others', async () => {
    const job = await engine.run({
      task_list: [
        nothing({ name: 'says', metadata: { type: 'null', n: 3, where: 'late/there' } }),
        {
          task: "(requested_metadata['says']['type'])",
          name: 'late',
          duration: 0,
          requires_metadata_from: ['says'],
          working_directory: "(requested_metadata['says']['where'])",
          outputs: { o: "('made_{}'.format(requested_metadata['says']['n']))" },
        },
        nothing({ name: 'reads', inputs: { a: 'late/there/made_3' }, outputs: { o: 'late/read' } }),
        nothing({
          name: 'reads too',
          requires_metadata_from: ['says'],
          inputs: { a: "('late/there/made_{}'.format(requested_metadata['says']['n']))" },
        }),
        { task: "('nu' + 'll')", name: 'typed', duration: 0 },
        { task: "(requested_metadata['says']['where'])", name: 'untyped', requires_metadata_from: ['says'] },
      ],
    });
    expect(job.states()).toEqual({
      says: 'done',
      late: 'done',
      reads: 'done',
      'reads too': 'done',
      typed: 'done',
      untyped: 'failed',
    });
    expect([...job.products.keys()]).toEqual(['late/read', 'late/there/made_3']);
    expect(job.task('late').type).toBe('null');
    expect(job.task('untyped').reason).toMatch(/^\$\.task_list\[5\]\.task: .*late\/there/);
  });
});
