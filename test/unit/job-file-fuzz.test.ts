import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JobFileError } from '../../core/job-file/job-file.ts';
import { plan } from '../../core/model/plan.ts';
import { read } from './job-file-registry.ts';

const JSON_FILE = `{"job_name": "fuzz", "working_directory": "d", "parameters": {"n": 3, "m": {"type": "list", "default": [1]}},
"task_list": [{"task": "execution_for_loop", "parameter": "a", "log_range": ["(constants.Rearth / 8)", 2, 3], "task_list": [
{"task": "synthesis_psls", "name": "s", "outputs": {"lightcurve": "'e_{a_index}.gz'.format(**metadata)"}, "specs": {"duration": 1e2}},
{"task": "'transit_search_{a}'.format(**metadata)", "inputs": {"lightcurve": ["x*.gz", "y[0-9]"]}, "retries": {"oom": 1}},
{"task": "execution_conditional", "requires_metadata_from": ["s"], "criterion": "(requested_metadata['s']['mes'] > 7)",
 "task_list": [{"task": "null"}], "else_task_list": []},
{"task": "execution_do_while_loop", "iteration_name": "i", "requires_metadata_from_child": ["c"],
 "repeat_criterion": "(metadata['i_index'] < 3)", "task_list": [{"task": "null", "name": "c", "timeout": {"run": 3}}]}]}]}`;

const YAML_FILE = `job_name: fuzz
task_list:
  - &a {task: 'null', name: x, outputs: {p: "a.gz"}}
  - task: execution_for_loop
    parameter: a
    values: [1, 1.0, "(2 * constants.day)", *a]
    task_list:
      - task: verify
        inputs: {lightcurve: >-
          a.gz
        }
`;

const PIECES = [
  '{', '}', '[', ']', ',', ':', '"', "'", '\\', '\\u0000', '\0', '\ud800', '\n', '  ', '- ', '*a', '&a ', '<<: ', '!x ', '|', '>',
  'null', 'true', '-1', '1e999', '0', '"task"', '"task_list"', '"__proto__"', '"(1 +"', "'{x}'.format(**metadata)", '..', '/', '*', '[z-a]',
]; // biome-ignore format: one piece beside the other

type Edit = { at: number; remove: number; insert: string };
const edits = fc.array(
  fc.record<Edit>({
    at: fc.nat({ max: 2000 }),
    remove: fc.nat({ max: 12 }),
    insert: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 4 })),
  }),
  { minLength: 1, maxLength: 4 },
);

function mutate(text: string, changes: readonly Edit[]): string {
  return changes.reduce((made, { at, remove, insert }) => {
    const start = at % (made.length + 1);
    return made.slice(0, start) + insert + made.slice(start + remove);
  }, text);
}

/** Reads, and plans what is good. Anything thrown but a JobFileError fails the property. */
function survive(text: string, fileName: string): void {
  try {
    const { definition, text: stored } = read(text, { fileName, set: ['n=4'], inputFileExists: () => false });
    plan(definition, { maxSteps: 10_000 });
    expect(read(stored).text).toBe(stored);
  } catch (error) {
    if (!(error instanceof JobFileError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { line, column } of error.problems) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(line).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length + 1);
    }
  }
}

describe('whatever is done to a file, it is read or refused', () => {
  test.each([
    ['JSON', JSON_FILE, 'a.json'],
    ['YAML', YAML_FILE, 'a.yaml'],
  ])('%s', (_, text, fileName) => {
    fc.assert(
      fc.property(edits, (changes) => survive(mutate(text, changes), fileName)),
      { numRuns: 600 },
    );
  });

  test('any JSON value in place of any value', () => {
    const original: unknown = JSON.parse(JSON_FILE);
    const places = placesOf(original);
    fc.assert(
      fc.property(fc.nat({ max: places.length - 1 }), fc.jsonValue({ maxDepth: 3 }), (place, value) => {
        survive(JSON.stringify(replaceAt(original, places[place] ?? [], value)), 'a.json');
      }),
      { numRuns: 600 },
    );
  });
});

function placesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => placesOf(each, [...path, key]))];
}

function replaceAt(value: unknown, [step, ...rest]: readonly string[], by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value))
    return value.map((each, at) => (String(at) === step ? replaceAt(each, rest, by) : each));
  const members = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return Object.fromEntries(
    members.map(([key, each]) => [key, key === step ? replaceAt(each, rest, by) : each]),
  );
}
