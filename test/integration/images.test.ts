/** Which image an attempt ran in is kept with its worker, and told wherever it is told where it ran. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDaemons, type Daemons } from '../support/daemons.ts';
import { forEachDatabase, type TestDatabase } from '../support/databases.ts';
import type { EaselProcess } from '../support/easel.ts';
import { nothing, program } from '../support/engine.ts';
import { WebClient } from '../support/web-client.ts';

const DIGEST = '0f3c9a1b2d4e5f60718293a4b5c6d7e8f90112233445566778899aabbccddeef';
const IMAGE = `registry.example:5000/easel/worker@sha256:${DIGEST}`;
const SHORT = 'registry.example:5000/easel/worker@sha256:0f3c9a1b2d4e';

forEachDatabase('images', ({ create }) => {
  let database: TestDatabase;
  let daemons: Daemons;
  let dashboard: EaselProcess;
  let client: WebClient;
  let failed: number;

  beforeAll(async () => {
    database = await create();
    daemons = await createDaemons({ databaseUrl: database.url });
    await daemons.startScheduler();
    await daemons.startWorker(2, { EASEL_IMAGE: IMAGE });
    const jobId = await daemons.submitHere({
      task_list: [
        nothing(),
        { ...program(['/bin/sh', '-c', 'exit 3']), name: 'bad', retries: 1, retry_delay: 0 },
      ],
    });
    failed = (await daemons.end(jobId)).task('bad').id;
    dashboard = daemons.spawn(['web', '--port', '0']);
    await dashboard.says('web_started');
    client = new WebClient(/http:\/\/127\.0\.0\.1:\d+/.exec(dashboard.stderr)?.[0] ?? '');
  });
  afterAll(async () => {
    await daemons.close();
    await database.drop();
  });

  const say = async (...args: string[]) => (await daemons.must(args)).stdout;
  const call = async (path: string) => JSON.parse((await client.get(`/api/v1${path}`)).text) as object;

  test('commands tell it: workers, why and logs', async () => {
    expect(JSON.parse(await say('workers', '--json'))).toMatchObject([{ image: IMAGE }]);
    expect(await say('workers')).toMatch(new RegExp(`IMAGE\\n.*${SHORT}\\n`));
    expect(JSON.parse(await say('schedulers', '--json'))).toMatchObject([{ image: null }]);
    expect(await say('schedulers')).not.toContain('IMAGE');
    const why = await say('why', String(failed));
    expect(why.split('\n').filter((text) => text.includes(` in ${SHORT} at `))).toHaveLength(2);
    expect(await say('logs', String(failed))).toContain(` in ${SHORT}: failed`);
  });

  test('and so do the pages and the API', async () => {
    expect(await call(`/tasks/${failed}`)).toMatchObject({
      attempts: { items: [{ image: IMAGE }, { image: IMAGE }] },
    });
    expect(await call('/errors')).toMatchObject({ failures: [{ image: IMAGE }] });
    expect(await call('/workers')).toMatchObject({ processes: [{ image: null }, { image: IMAGE }] });
    for (const page of [`/tasks/${failed}`, '/errors', '/workers'])
      expect((await client.get(page)).text).toContain(`title="${IMAGE}">in ${SHORT}</span>`);
  });
});
