/** `easel` inside a control group: see memory-group.ts. */
import { writeFileSync } from 'node:fs';

writeFileSync(process.env.EASEL_TEST_GROUP ?? '', String(process.pid));
// @ts-expect-error plain JavaScript, for any Node
await import('../../scripts/easel.js');
