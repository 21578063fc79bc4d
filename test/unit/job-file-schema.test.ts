import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { jobFileSchema } from '../../core/job-file/schema.ts';

const committed = readFileSync(new URL('../../schema/job-file.schema.json', import.meta.url), 'utf8');

test('the committed schema is the one the tables give: run scripts/write-schema.ts after a change', () => {
  expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(jobFileSchema())));
});

test('the schema describes what the validator accepts', () => {
  const schema = jobFileSchema();
  expect(Object.keys(z.record(z.string(), z.unknown()).parse(schema.properties))).toEqual([
    '$schema',
    'job_name',
    'working_directory',
    'retries',
    'retry_delay',
    'timeout',
    'priority',
    'pool',
    'parameters',
    'task_list',
  ]);
  expect(schema.required).toEqual(['task_list']);
});
