/** Files: who makes them, who waits for them, where they come from when nobody does. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forEachDatabase } from '../support/databases.ts';
import { type Engine, nothing, program, startEngine } from '../support/engine.ts';

const write = (text: string) => ['sh', '-c', `printf '%s' '${text}' > "$0"`, '{outputs.o}'];
const list = [
  'sh',
  '-c',
  'for f in "$@"; do basename "$f" | sed "s/^[0-9]*-[0-9]*-//"; done > "$0"',
  '{outputs.o}',
  '{inputs.a}',
];

forEachDatabase('files', ({ create }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ create });
  });
  afterAll(() => engine.close());

  const inputsOf = async (jobId: number, name: string) => {
    const { id } = (await engine.view(jobId)).task(name);
    const rows = await engine.kysely
      .selectFrom('dependencies')
      .selectAll()
      .where('consumer_id', '=', id)
      .execute();
    return rows.filter(({ kind }) => kind !== 'metadata');
  };

  const many = (directory: string, task: object = nothing()) => ({
    task: 'execution_for_loop',
    name: `loop ${directory}`,
    parameter: 'i',
    values: [1, 2, 3],
    task_list: [{ ...task, outputs: { o: `('${directory}/part_{i}'.format(**metadata))` } }],
  });

  test('a list gathers the products of a loop that has not expanded yet', async () => {
    const parts = [1, 2, 3].map((i) => `list/part_${i}`);
    const job = await engine.run({
      task_list: [
        program(list, { name: 'gathers', inputs: { a: parts }, outputs: { o: 'list/all' } }),
        many('list'),
      ],
    });
    expect(job.state).toBe('succeeded');
    expect(readFileSync(engine.outputPath('list/all'), 'utf8')).toBe('part_1\npart_2\npart_3\n');
  });

  test('a glob gathers all that matches, over loops, nested ones too', async () => {
    const nested = {
      task: 'execution_for_loop',
      parameter: 'j',
      values: ['x', 'y'],
      task_list: [
        {
          task: 'execution_for_loop',
          parameter: 'i',
          values: [1, 2],
          task_list: [nothing({ outputs: { o: "('glob/{j}_{i}.dat'.format(**metadata))" } })],
        },
      ],
    };
    const job = await engine.run({
      task_list: [
        program(list, { name: 'gathers', inputs: { a: 'glob/*.dat' }, outputs: { o: 'glob/all.txt' } }),
        nested,
        nothing({ outputs: { o: 'glob/other.txt' } }),
      ],
    });
    expect(job.state).toBe('succeeded');
    expect(readFileSync(engine.outputPath('glob/all.txt'), 'utf8')).toBe(
      'x_1.dat\nx_2.dat\ny_1.dat\ny_2.dat\n',
    );
  });

  test('a glob over a loop that fails is blocked, and names the loop', async () => {
    const job = await engine.run({
      task_list: [
        nothing({ name: 'gathers', inputs: { a: 'bad/part_*' } }),
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          values: [1, 2],
          task_list: [
            nothing({ outputs: { o: "('bad/part_{i}'.format(**metadata))" } }),
            {
              task: 'execution_conditional',
              criterion: "(metadata['i'] == 2)",
              task_list: [{ task: 'error', message: 'no' }],
            },
          ],
        },
      ],
    });
    expect(job.states()).toEqual({ gathers: 'blocked', loop: 'failed' });
    expect(job.task('gathers').cause_id).toBe(job.task('loop').id);
  });

  test('the same file submitted twice makes two versions, and the later one is public', async () => {
    const file = (text: string) => ({
      task_list: [program(write(text), { name: 'makes', outputs: { o: 'twice/file' } })],
    });
    const first = await engine.run(file('first'));
    const second = await engine.run(file('second'));
    expect(readFileSync(engine.outputPath('twice/file'), 'utf8')).toBe('second');
    expect(first.products.get('twice/file')).not.toBe(second.products.get('twice/file'));
    const third = await engine.run({
      task_list: [program(['sh', '-c', 'exit 3'], { outputs: { o: 'twice/file' } })],
    });
    expect(third.state).toBe('failed');
    expect(readFileSync(engine.outputPath('twice/file'), 'utf8')).toBe('second');
    const copy = ['sh', '-c', 'cat "$1" > "$0"', '{outputs.o}', '{inputs.a}'];
    await engine.run({
      task_list: [program(copy, { inputs: { a: 'twice/file' }, outputs: { o: 'twice/copy' } })],
    });
    expect(readFileSync(engine.outputPath('twice/copy'), 'utf8')).toBe('second');
  });

  test('inputs come from the input area, or from an earlier job', async () => {
    engine.bring('area/file', 'from the area');
    const copy = ['sh', '-c', 'cat "$1" > "$0"', '{outputs.o}', '{inputs.a}'];
    const job = await engine.run({
      task_list: [program(copy, { name: 'copies', inputs: { a: 'area/file' }, outputs: { o: 'area/copy' } })],
    });
    expect(readFileSync(engine.outputPath('area/copy'), 'utf8')).toBe('from the area');
    expect((await inputsOf(job.id, 'copies')).map(({ kind }) => kind)).toEqual(['file']);
    const next = await engine.run({
      task_list: [
        program(copy, { name: 'copies', inputs: { a: 'area/copy' }, outputs: { o: 'area/again' } }),
      ],
    });
    expect(readFileSync(engine.outputPath('area/again'), 'utf8')).toBe('from the area');
    expect((await inputsOf(next.id, 'copies'))[0]?.version_id).not.toBeNull();
  });

  test('an input that is nowhere fails its task alone, naming the file and the place', async () => {
    const job = await engine.run({
      parameters: { which: 'nowhere' },
      task_list: [
        nothing({
          name: 'reads',
          inputs: { a: "('missing/{which}'.format(**metadata))" },
          outputs: { o: 'missing/out' },
        }),
        nothing({ name: 'follows', inputs: { a: 'missing/out' } }),
        nothing({ name: 'other' }),
      ],
    });
    expect(job.states()).toEqual({ reads: 'failed', follows: 'blocked', other: 'done' });
    expect(job.task('reads').reason).toMatch(/^\$\.task_list\[0\]\.inputs\.a: .*"missing\/nowhere"/);
  });

  test('one that is nowhere for certain is refused at submission, and stores nothing', async () => {
    const count = async () => (await engine.kysely.selectFrom('jobs').select('id').execute()).length;
    const before = await count();
    await expect(
      engine.submit({ task_list: [nothing({ inputs: { a: 'surely/missing' } })] }),
    ).rejects.toThrow(/surely\/missing/);
    expect(await count()).toBe(before);
  });

  test('of two tasks that come to make the same file, the later fails and says why', async () => {
    const job = await engine.run({
      task_list: [
        {
          task: 'execution_for_loop',
          name: 'loop',
          parameter: 'i',
          values: [1, 2],
          task_list: [nothing({ name: 'makes', outputs: { o: "('same/{}'.format(metadata['i'] // 3))" } })],
        },
        nothing({ name: 'reads', inputs: { a: 'same/0' } }),
      ],
    });
    expect(job.states()).toEqual({ loop: 'failed', makes: 'done failed', reads: 'done' });
    expect(job.named('makes')[1]?.reason).toMatch(/outputs\.o: "same\/0" is already made by/);
  });

  test('one task that names the same file twice fails, and says why', async () => {
    const job = await engine.run({
      parameters: { n: 'file' },
      task_list: [
        nothing({
          name: 'makes',
          outputs: { a: "('double/{n}'.format(**metadata))", b: "('double/./' + metadata['n'])" },
        }),
        nothing({
          name: 'twice',
          outputs: { a: "('double/{n}s'.format(**metadata))", b: "('double/' + metadata['n'] + 's')" },
        }),
      ],
    });
    expect(job.task('twice').state).toBe('failed');
    expect(job.task('twice').reason).toMatch(/outputs\.b: "double\/files"/);
    expect(job.task('makes').state).toBe('failed');
  });

  test('names that differ in case or in accents are different files; a blank at the end is refused', async () => {
    const names = ['blank/x', 'blank/X', 'blank/\u00e4', 'blank/a\u0308'];
    const job = await engine.run({
      parameters: { names: [...names, 'blank/x '] },
      task_list: [
        {
          task: 'execution_for_loop',
          parameter: 'i',
          linear_range: [0, 4, 5],
          task_list: [nothing({ name: 'makes', outputs: { o: "(metadata['names'][metadata['i_index']])" } })],
        },
      ],
    });
    expect([...job.products.keys()].sort()).toEqual([...names].sort());
    expect(job.named('makes').map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done', 'failed']);
    expect(job.named('makes')[4]?.reason).toMatch(/outputs\.o: .*blank/);
  });

  test('a file where another has a directory fails nobody but itself, and harms no other job', async () => {
    await engine.run({ task_list: [nothing({ outputs: { o: 'clash/x' } })] });
    const second = await engine.run({ task_list: [nothing({ name: 'a', outputs: { o: 'tree/y/z' } })] });
    expect(second.state).toBe('succeeded');
    const clashing = await engine.submit({
      task_list: [nothing({ name: 'below', outputs: { o: 'clash/x/y' } })],
    });
    const after = await engine.run({ task_list: [nothing({ outputs: { o: 'clash/after' } })] });
    expect(after.state).toBe('succeeded');
    expect(['succeeded', 'failed']).toContain((await engine.view(clashing)).state);
    expect(engine.defects()).toEqual([]);
  });
});
