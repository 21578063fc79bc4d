/** Writes schema/job-file.schema.json. Run it after a change to the tables in core/job-file. */
import { writeFileSync } from 'node:fs';
import { jobFileSchema } from '../core/job-file/schema.ts';

const target = new URL('../schema/job-file.schema.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(jobFileSchema(), undefined, 2)}\n`);
