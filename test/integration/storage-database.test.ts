/** The embedded database on a disk that fills up: a command says so and stores nothing, daemons wait, and on it goes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDaemons } from '../support/daemons.ts';
import type { EaselProcess } from '../support/easel.ts';
import { nothing } from '../support/engine.ts';
import { mayNotMount, SmallDisk } from '../support/small-disk.ts';

const PATIENCE_MS = 90_000;
const count = ({ stderr }: EaselProcess, event: string) => stderr.split(`"event":"${event}"`).length - 1;

test.skipIf(mayNotMount)('a database on a full disk', { timeout: 240_000 }, async () => {
  const disk = new SmallDisk();
  const settings = { lease_seconds: 20, renew_seconds: 1 };
  const site = await createDaemons({ databaseUrl: `sqlite:${join(disk.area, 'easel.db')}`, settings });
  try {
    const daemons = [await site.startScheduler(), await site.startWorker(1)];
    const file = join(site.home, 'job.json');
    const task_list = Array.from({ length: 20 }, () => nothing({ metadata: { text: 'x'.repeat(5_000) } }));
    writeFileSync(file, JSON.stringify({ task_list }));
    disk.fill();
    const { code, stdout, stderr } = await site.easel(['submit', '--tasks', file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^easel: database.*disk is full.*\n$/);
    for (const daemon of daemons) await daemon.says('"outage"', PATIENCE_MS);
    disk.free();
    for (const daemon of daemons) await daemon.says('outage_over', PATIENCE_MS);
    expect(await site.kysely.selectFrom('jobs').select('id').execute()).toEqual([]);
    const job = await site.submit({ task_list });
    expect((await site.end(job, PATIENCE_MS)).state).toBe('succeeded');
    for (const daemon of daemons) expect([count(daemon, 'outage'), count(daemon, 'defect')]).toEqual([1, 0]);
  } finally {
    await site.close();
    disk.remove();
  }
});
