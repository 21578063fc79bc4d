/**
 * Every task type that comes with a module can be tried: it has a configuration in demo_jobs/tasks that `run-task` runs to
 * success, and a page that the list of pages leads to. The types are those of the registry.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runEasel } from '../support/easel.ts';

const configurations = resolve('demo_jobs/tasks');
const registry = z
  .record(z.string(), z.object({ module: z.string().optional() }))
  .parse(parse(readFileSync('worker/task-types.yaml', 'utf8')));
const types = Object.entries(registry).flatMap(([type, { module }]) =>
  module?.startsWith('types/') === true ? [type] : [],
);

const outcomeSchema = z.object({
  succeeded: z.boolean(),
  metadata: z.record(z.string(), z.json()),
  products: z.array(z.object({ output: z.string(), file: z.string().optional(), passed: z.boolean() })),
});

let place: string;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'easel_test_types_'));
});

afterAll(() => rm(place, { recursive: true, force: true }));

async function runTask(file: string, output: string): Promise<z.infer<typeof outcomeSchema>> {
  const environment = { EASEL_HOME: place, EASEL_INPUT_AREA: join(configurations, 'data') };
  const args = ['run-task', file, '--output', join(place, output), '--json'];
  const { code, stdout, stderr } = await runEasel(args, environment);
  expect(`${code} ${stderr}`, stdout).toMatch(/^0 /);
  return outcomeSchema.parse(JSON.parse(stdout));
}

test('the registry has task types of its own, and each configuration is for one of them', () => {
  expect(types).toContain('verify');
  const files = readdirSync(configurations).filter((name) => name.endsWith('.yaml'));
  expect(files.map((name) => name.replace('.yaml', '')).sort()).toEqual([...types].sort());
});

describe.each(types)('%s', (type) => {
  test('runs from its configuration, and all its products pass', async () => {
    const file = join(configurations, `${type}.yaml`);
    const { task } = z.object({ task: z.string() }).parse(parse(await readFile(file, 'utf8')));
    expect(task).toBe(type);
    const { succeeded, products, metadata } = await runTask(file, type);
    expect(succeeded).toBe(true);
    expect(products.filter(({ passed }) => !passed)).toEqual([]);
    expect(products.every(({ file: product }) => product !== undefined && existsSync(product))).toBe(true);
    expect(metadata.outcome).not.toBe('FAIL'); // of the searches
  });

  test('has a page, which the list of pages leads to', async () => {
    const page = await readFile(`docs/task-types/${type}.md`, 'utf8');
    expect(page.startsWith(`# \`${type}\`\n`)).toBe(true);
    expect(await readFile('docs/task-types/README.md', 'utf8')).toContain(`[\`${type}\`](${type}.md)`);
  });
});
