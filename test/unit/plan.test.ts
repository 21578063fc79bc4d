import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildDefinition, type Definition, type DefinitionNode } from '../../core/model/definition.ts';
import { evaluateDeep } from '../../core/model/expression/expression.ts';
import { loopValues } from '../../core/model/loop.ts';
import { type Plan, plan } from '../../core/model/plan.ts';
import { renderPlan } from '../../core/model/render-plan.ts';
import { type Dict, dict, fromPlain, isDict, merge, type Plain } from '../../core/model/values.ts';

type Task = { [key: string]: Plain };

function define(tasks: Task[], parameters: Task = {}): Definition {
  const root = fromPlain({ parameters, task_list: tasks });
  if (!isDict(root)) throw new Error('not an object');
  return buildDefinition(root);
}

const work = (task = 'null'): Task => ({ task });
const each = (parameter: string, values: Plain, ...task_list: Task[]): Task => ({
  task: 'execution_for_loop',
  parameter,
  values,
  task_list,
});
const range = (parameter: string, count: Plain, ...task_list: Task[]): Task => ({
  task: 'execution_for_loop',
  parameter,
  linear_range: [1, 2, count],
  task_list,
});
const when = (criterion: Plain, task_list: Task[], else_task_list?: Task[]): Task => ({
  task: 'execution_conditional',
  criterion,
  task_list,
  ...(else_task_list === undefined ? {} : { else_task_list }),
});
const repeat = (repeat_criterion: Plain, ...task_list: Task[]): Task => ({
  task: 'execution_do_while_loop',
  iteration_name: 'it',
  repeat_criterion,
  task_list,
});

const typesOf = (made: Plan) => Object.fromEntries(made.types);

describe('counts', () => {
  test('loops multiply what they hold', () => {
    const made = plan(define([range('a', 10, range('b', 5, work(), work('error'))), work()]));
    expect(typesOf(made)).toEqual({
      execution_chain: 1 + 10 + 50,
      execution_for_loop: 1 + 10,
      null: 51,
      error: 50,
    });
    expect([made.work, made.flow]).toEqual([101, 72]);
    expect(made.nodes.map(({ path, label, instances }) => [path, label, instances])).toEqual([
      ['$', 'chain', 1],
      ['$.task_list[0]', 'for a', 1],
      ['$.task_list[0].task_list', 'chain', 10],
      ['$.task_list[0].task_list[0]', 'for b', 10],
      ['$.task_list[0].task_list[0].task_list', 'chain', 50],
      ['$.task_list[0].task_list[0].task_list[0]', 'null', 50],
      ['$.task_list[0].task_list[0].task_list[1]', 'error', 50],
      ['$.task_list[1]', 'null', 1],
    ]);
  });

  test('task types given by expressions are told apart by the values of the loop', () => {
    const search = work("'transit_search_{tda}'.format(**metadata)");
    const made = plan(define([each('tda', ['tls', 'qats', 'tls'], range('size', 7, search))]));
    expect(typesOf(made)).toMatchObject({ transit_search_tls: 14, transit_search_qats: 7 });
  });

  test('the size of an inner loop may depend on an outer variable', () => {
    const inner = range('b', "(metadata['a'])", work());
    expect(plan(define([each('a', [1, 2, 3, 10], inner)])).work).toBe(16);
    const byIndex = range('b', "(metadata['a_index'] + 1)", work());
    expect(plan(define([range('a', 100, byIndex)])).work).toBe(5050);
  });

  test('an inner variable hides an outer one of the same name', () => {
    const inner = each('a', [3, 4], range('c', "(metadata['a'])", work()));
    const made = plan(define([each('a', [1, 2], inner, range('d', "(metadata['a'])", work('error')))]));
    expect(typesOf(made)).toMatchObject({ null: 14, error: 3 });
  });

  test('parameters count as they stand in the definition', () => {
    expect(plan(define([range('a', "(metadata['n'] * 2)", work())], { n: 21 })).work).toBe(42);
  });

  test('a criterion over loop variables is decided value by value', () => {
    const branch = when("(metadata['a'] > 2)", [work()], [work('error'), work('error')]);
    const made = plan(define([each('a', [1, 2, 3, 4, 5], branch)]));
    expect(typesOf(made)).toMatchObject({ null: 3, error: 4 });
  });
});

describe('what only a run can tell', () => {
  test('a criterion over requested metadata: either branch, never both', () => {
    const branch = when("(requested_metadata['x']['ok'])", [work()], [work('error'), work('error')]);
    const made = plan(define([range('a', 4, branch)]));
    expect(typesOf(made)).toMatchObject({ null: { min: 0, max: 4 }, error: { min: 0, max: 8 } });
    expect(made.work).toEqual({ min: 4, max: 8 });
  });

  test('a conditional without else may run nothing', () => {
    expect(plan(define([when('(random.random() > 0.5)', [work()])])).work).toEqual({ min: 0, max: 1 });
  });

  test('a do-while loop runs at least once, and exactly where its criterion can be worked out', () => {
    const unknown = plan(define([repeat("(requested_metadata['x']['ok'])", work())]));
    expect(unknown.work).toEqual({ min: 1, max: undefined });
    expect(plan(define([repeat("(metadata['it_index'] < 3)", work())])).work).toBe(3);
    expect(plan(define([repeat(false, work())])).work).toBe(1);
    const growing = repeat("(metadata['it_index'] < 3)", range('b', "(metadata['it_index'])", work()));
    expect(plan(define([growing])).work).toBe(6);
  });

  test('a loop over requested metadata has any number of iterations, unless its count is plain', () => {
    const list = "(requested_metadata['x']['list'])";
    expect(plan(define([each('a', list, work())])).work).toEqual({ min: 0, max: undefined });
    expect(plan(define([each('a', [list, 1], work())])).work).toBe(2);
    const inner = range('b', "(metadata['a'])", work());
    expect(plan(define([each('a', [list, 1], inner)])).work).toEqual({ min: 0, max: undefined });
  });

  test('a type that depends on it is shown with its open part', () => {
    const search = work("('search_' + requested_metadata['x']['y'])");
    expect(typesOf(plan(define([range('a', 3, search)])))).toMatchObject({ 'search_*': 3 });
  });

  test('work past the bound becomes a range instead of waiting', () => {
    const deep = range(
      'a',
      1000,
      range('b', 1000, range('c', "(1 + (metadata['a'] + metadata['b'] > 3))", work())),
    );
    const made = plan(define([deep]), { maxSteps: 10_000 });
    expect(made.work).toMatchObject({ max: undefined });
    expect(made.nodes[4]).toMatchObject({ instances: 1_000_000 });
  });
});

describe('against expansion by brute force', () => {
  const count = fc.constantFrom<Plain>(
    0,
    1,
    2,
    3,
    "(int(metadata['x']) + 1)",
    "(metadata['y_index'])",
    "(metadata['p'])",
  );
  const values = fc.array(fc.constantFrom<Plain>(0, 1, 2, 3, "(metadata['x'] + 1)"), { maxLength: 3 });
  const criterion = fc.constantFrom<Plain>(true, false, "(metadata['x'] > 1)", "(metadata['y_index'] == 0)");
  const type = fc.constantFrom('null', 'error', "'t_{x}'.format(**metadata)", "('u_' + str(metadata['y']))");
  const name = fc.constantFrom('x', 'y');
  const { tasks } = fc.letrec<{ tasks: Task[]; task: Task }>((tie) => ({
    tasks: fc.array(tie('task'), { maxLength: 3 }),
    task: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      type.map(work),
      fc.tuple(name, count, tie('tasks')).map(([a, n, list]) => range(a, n, ...list)),
      fc.tuple(name, values, tie('tasks')).map(([a, list, body]) => each(a, list, ...body)),
      fc.tuple(criterion, tie('tasks'), tie('tasks')).map(([c, a, b]) => when(c, a, b)),
      tie('tasks').map((list) => repeat("(metadata['it_index'] < 3)", ...list)),
    ),
  }));

  test('every node has as many instances as expanding the tree gives', () => {
    fc.assert(
      fc.property(tasks, (list) => {
        const definition = define([each('x', [1, 2], each('y', [0, 1], ...list))], { p: 2 });
        const counted = expand(definition);
        expect(plan(definition).nodes.map((node) => node.instances)).toEqual(counted.nodes);
        expect(typesOf(plan(definition))).toEqual(counted.types);
      }),
      { numRuns: 400 },
    );
  });
});

/** Walks the tree as a run would, one task at a time. */
function expand({ nodes, parameters }: Definition): { nodes: number[]; types: Record<string, number> } {
  const counts = nodes.map(() => 0);
  const types: Record<string, number> = {};
  const scopeOf = (metadata: Dict) => ({ metadata, requestedMetadata: dict(), random: () => 0 });

  function run(node: DefinitionNode | undefined, metadata: Dict): void {
    if (node === undefined) return;
    counts[node.index] = (counts[node.index] ?? 0) + 1;
    const type = node.kind === 'chain' ? 'execution_chain' : node.object.task;
    const typeName = String(evaluateDeep(type ?? null, scopeOf(metadata)));
    types[typeName] = (types[typeName] ?? 0) + 1;
    const children = node.children.map((index) => nodes[index]);
    if (node.kind === 'chain') for (const child of children) run(child, metadata);
    if (node.kind === 'conditional') {
      run(
        children[evaluateDeep(node.object.criterion ?? null, scopeOf(metadata)) === true ? 0 : 1],
        metadata,
      );
    }
    if (node.kind === 'for_loop') {
      const name = String(node.object.parameter);
      const loop = loopValues(node.object, scopeOf(metadata));
      for (let at = 0; at < loop.count; at += 1) {
        const own = dict([[name, loop.at(at)] as const, [`${name}_index`, BigInt(at)] as const]);
        run(children[0], merge(metadata, own));
      }
    }
    if (node.kind !== 'do_while') return;
    for (let at = 1n; ; at += 1n) {
      const inner = merge(metadata, dict([['it_index', at]]));
      run(children[0], inner);
      if (evaluateDeep(node.object.repeat_criterion ?? null, scopeOf(inner)) !== true) return;
    }
  }

  run(nodes[0], parameters);
  return { nodes: counts, types };
}

test('a plan prints as an indented tree with its totals', () => {
  const made = plan(
    define([
      range('size', 1000, work()),
      when("(requested_metadata['x']['ok'])", [work()], [work('error')]),
      repeat("(requested_metadata['x']['ok'])", { task: 'verify', name: 'check' }),
    ]),
  );
  expect(renderPlan(made)).toEqual([
    'chain: 1',
    '  for size: 1',
    '    null: 1,000',
    '  if: 1',
    '    null: 0 to 1',
    '    else: 0 to 1',
    '    error: 0 to 1',
    '  do while it: 1',
    '    check (verify): 1 or more',
    '',
    'error: 0 to 1',
    'execution_chain: 1,003 or more',
    'execution_conditional: 1',
    'execution_do_while_loop: 1',
    'execution_for_loop: 1',
    'null: 1,000 to 1,001',
    'verify: 1 or more',
    '',
    'work tasks: 1,002 or more',
    'flow tasks: 1,006 or more',
  ]);
});
