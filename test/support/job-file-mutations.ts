/**
 * Job files that went wrong: the demo jobs and two made for the purpose, as JSON and as YAML, with their tree changed
 * (keys and subtrees dropped, doubled, swapped, renamed, values of other types in their place, nests, huge numbers,
 * hostile expressions) and then their text. The same seed makes the same file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { seededRandom } from '../../core/model/random.ts';

type Node = null | boolean | number | string | Node[] | { [key: string]: Node };
type Random = () => number;

export interface MadeFile {
  readonly text: string;
  readonly fileName: string;
}

const directory = new URL('../../demo_jobs/', import.meta.url);
const demoJobs = readdirSync(directory)
  .filter((name) => name.endsWith('.json'))
  .map((name): Node => JSON.parse(readFileSync(new URL(name, directory), 'utf8')));

const RICH: Node = {
  job_name: 'fuzz',
  working_directory: 'd',
  parameters: { n: 3, m: { type: 'list', default: [1] } },
  priority: 2,
  task_list: [
    {
      task: 'execution_for_loop',
      parameter: 'a',
      values: [1, 1.5, '(2 * constants.day)', 'x'],
      retries: 1,
      task_list: [
        {
          task: 'null',
          name: 's',
          duration: 0,
          outputs: { p: "'e_{a_index}.gz'.format(**metadata)" },
          metadata: { mes: "(metadata['a_index'] * 4)" },
        },
        {
          task: "('null' if metadata['a_index'] else 'null')",
          duration: 0,
          inputs: { lightcurve: ['e_*.gz', 'e_0.gz'] },
          retries: { oom: 1 },
          timeout: { run: 30 },
        },
        {
          task: 'execution_conditional',
          requires_metadata_from: ['s'],
          criterion: "(requested_metadata['s']['mes'] > 7)",
          task_list: [{ task: 'null', duration: 0, outputs: { q: "'q{a_index}'.format(**metadata)" } }],
          else_task_list: [{ task: 'error', message: "('no ' + str(random.random()))" }],
        },
      ],
    },
    {
      task: 'execution_do_while_loop',
      name: 'w',
      iteration_name: 'i',
      requires_metadata_from_child: ['c'],
      repeat_criterion: "(metadata['i_index'] < 3)",
      task_list: [{ task: 'null', name: 'c', duration: 0, metadata: { e: "(1 / metadata['i_index'])" } }],
    },
    {
      task: 'execution_for_loop',
      parameter: 'b',
      linear_range: [0, 1, "(metadata['n'])"],
      task_list: [{ task: 'execution_chain', working_directory: 'sub', task_list: [{ task: 'null', duration: 0 }] }],
    },
    { task: 'null', duration: 0, inputs: { all: 'e_*.gz' }, requires_metadata_from: ['w'], pool: 'p', priority: -3 },
  ],
}; // biome-ignore format: one task beside the other

const BASES: readonly Node[] = [...demoJobs, RICH, RICH];

const KEYS = [
  'task', 'name', 'inputs', 'outputs', 'task_list', 'else_task_list', 'values', 'log_range', 'linear_range', 'parameter', 'priority',
  'requires_metadata_from', 'criterion', 'working_directory', 'retries', 'timeout', 'parameters', '__proto__', 'constructor', '', 'ä', 'task_List',
]; // biome-ignore format: one word beside the other

const LEAVES: readonly Node[] = [
  null, true, false, 0, -1, 1, 2.5, 1e308, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e21, 5e-324, '', ' ', 'null', 'error', 'x', 's', '..', '../x', '/etc/passwd',
  '.easel/versions', 'a/', '*', '[z-a]', '{x', 'a'.repeat(800), 'é'.repeat(200), '\u0000', '\ud800', '\u2028', '(', "'", '"', '()', '((((((((((1))))))))))',
  "(9 ** 9 ** 9)", "('x' * 10 ** 9)", '(1 / 0)', "(metadata['nothing'])", "(metadata)", "(constants)", '(random.random())', "(requested_metadata['s'])",
  "('{0.__class__}'.format(1))", "('{:>999999999}'.format(1))", "('%999999999d' % 1)", '(__import__("os"))', '(lambda: 1)', '([x for x in [1]])', '(1 < 2)',
  `(${'-'.repeat(400)}1)`, `(${'('.repeat(300)}1${')'.repeat(300)})`, "('a' 'b')", "(1 if 1 else)", "('{a}'.format(**metadata))", "'e_{a_index}.gz'.format(**metadata)",
  'execution_chain', 'execution_for_loop', 'execution_conditional', 'execution_do_while_loop', [], {}, [[]], [1, 2, 3], [0, 1, 1e9], ['(1)'], { a: 1 }, { '': '' },
]; // biome-ignore format: one value beside the other

const PIECES = [
  '{', '}', '[', ']', ',', ':', '"', "'", '\\', '\\u0000', '\0', '\ud800', '\n', '  ', '- ', '*a', '&a ', '<<: ', '!x ', '|', '>', '---\n', '\ufeff', '\r', '# ',
  'null', 'true', '-1', '1e999', '0', '00', '1_0', '0x1', '.5', '"task"', '"task_list"', '"__proto__"', '"(1 +"', "'{x}'.format(**metadata)", '..', '/', '*', '[z-a]',
]; // biome-ignore format: one piece beside the other

export function makeFile(seed: number): MadeFile {
  const random = seededRandom(seed);
  const tree = mutateTree(structuredClone(pick(random, BASES)), random, upTo(random, 5));
  const fileName = random() < 0.15 ? 'job.yaml' : 'job.json';
  const written = fileName === 'job.yaml' ? write(tree) : JSON.stringify(tree, null, random() < 0.5 ? 1 : 0);
  return { text: random() < 0.35 ? mutateText(written, random) : written, fileName };
}

/** As `makeFile`, but its tree only is changed, and what is accepted ends soon: see `tame`. */
export function makeTameFile(seed: number): MadeFile {
  const random = seededRandom(seed);
  const tree = tame(mutateTree(structuredClone(RICH), random, upTo(random, 4)));
  return { text: JSON.stringify(tree), fileName: 'job.json' };
}

const pick = <T>(random: Random, among: readonly T[]): T => among[Math.floor(random() * among.length)] as T;
const upTo = (random: Random, most: number): number => Math.floor(random() * (most + 1));

function write(tree: Node): string {
  return stringify(tree, { aliasDuplicateObjects: false });
}

/** Every object and list of the tree. */
function placesOf(node: Node): (Node[] | { [key: string]: Node })[] {
  if (typeof node !== 'object' || node === null) return [];
  return [node, ...Object.values(node).flatMap(placesOf)];
}

function mutateTree(tree: Node, random: Random, times: number): Node {
  for (let count = 0; count < times; count++) {
    const place = pick(random, placesOf(tree));
    if (place === undefined) return pick(random, LEAVES);
    if (Array.isArray(place)) mutateList(place, tree, random);
    else mutateObject(place, tree, random);
  }
  return random() < 0.01 ? pick(random, LEAVES) : tree;
}

function mutateObject(place: { [key: string]: Node }, tree: Node, random: Random): void {
  const keys = Object.keys(place);
  const [key, other] = [pick(random, keys), pick(random, keys)];
  if (key === undefined || other === undefined) {
    set(place, pick(random, KEYS), pick(random, LEAVES));
    return;
  }
  const [value = null, second = null] = [place[key], place[other]];
  const kind = upTo(random, 7);
  if (kind === 0) delete place[key];
  else if (kind === 1) set(place, pick(random, KEYS), structuredClone(value));
  else if (kind === 2) {
    set(place, key, second);
    set(place, other, value);
  } else if (kind === 3) {
    delete place[key];
    set(place, random() < 0.5 ? pick(random, KEYS) : `${key}s`, value);
  } else if (kind === 4) set(place, key, structuredClone(anySubtree(tree, random)));
  else if (kind === 5) set(place, key, nest(value, random));
  else set(place, key, structuredClone(pick(random, LEAVES)));
}

function mutateList(place: Node[], tree: Node, random: Random): void {
  const at = upTo(random, place.length);
  const kind = upTo(random, 4);
  if (kind === 0) place.splice(at, 1);
  else if (kind === 1) place.splice(at, 0, structuredClone(pick(random, place) ?? null));
  else if (kind === 2) place.splice(at, 1, structuredClone(anySubtree(tree, random)));
  else if (kind === 3) place.splice(at, 1, structuredClone(pick(random, LEAVES)));
  else place.reverse();
}

/** `__proto__` is a key like any other here. */
function set(place: { [key: string]: Node }, key: string, value: Node): void {
  Object.defineProperty(place, key, { value, enumerable: true, configurable: true, writable: true });
}

const anySubtree = (tree: Node, random: Random): Node => {
  const place = pick(random, placesOf(tree));
  return JSON.stringify(place ?? null).length < 3_000 ? (place ?? null) : null;
};

function nest(value: Node, random: Random): Node {
  const depth = pick(random, [1, 2, 70, 250]);
  const asList = random() < 0.5;
  let nested = value;
  for (let count = 0; count < depth; count++)
    nested = asList ? [nested] : { task: 'execution_chain', task_list: [nested] };
  return nested;
}

function mutateText(text: string, random: Random): string {
  let made = text;
  for (let count = 0; count <= upTo(random, 3); count++) {
    const at = upTo(random, made.length);
    const end = at + (random() < 0.1 ? upTo(random, 400) : upTo(random, 8));
    const insert = random() < 0.2 ? made.slice(upTo(random, made.length)).slice(0, 40) : pick(random, PIECES);
    made = made.slice(0, at) + insert + made.slice(end);
  }
  return made;
}

/** Nothing in it takes long by itself, or goes on for ever: neither would be a defect. */
function tame(tree: Node): Node {
  for (const place of placesOf(tree)) {
    if (Array.isArray(place)) continue;
    if (typeof place.duration === 'number' && place.duration > 0) place.duration = 0;
    if ('task' in place && !('duration' in place) && !('task_list' in place) && !('message' in place))
      place.duration = 0;
    if (place.task === 'execution_do_while_loop' && typeof place.iteration_name === 'string')
      place.repeat_criterion = `(metadata['${place.iteration_name}_index'] < 2)`;
  }
  return tree;
}
