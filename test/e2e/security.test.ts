/**
 * What is written by others is text in every page, what is asked for by strangers is refused in words that give nothing away. Seeded names,
 * errors, log lines, files, people and hosts are full of markup that would show if it were taken for such.
 */
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versionsDirectory } from '../../core/runtime/areas.ts';
import { resources } from '../../web/resources/index.ts';
import { TestBrowser, type Visit } from '../support/browser/browser.ts';
import { type LiveInstallation, startLive } from '../support/live.ts';
import { addressesOf, IS_READY } from '../support/seeded-pages.ts';
import { until } from '../support/until.ts';
import { WebClient } from '../support/web-client.ts';

/** Runs in the page: elements and attributes that none of our templates makes. */
const STRANGERS = `[...document.querySelectorAll(
  'script:not([src]), [onerror], [onmouseover], [onload], [style*="expression"], main b, main u, img[src="x"], iframe, object, embed, base, main meta'
)].map((element) => element.outerHTML.slice(0, 120))`;
/** Stack traces, paths and secrets of the machine. */
const TELLTALE = /at \w+ \(|node_modules|\.ts:\d+|file:\/\/|\/tmp\/|password|sqlite:|SQLITE|select .* from/i;

let live: LiveInstallation;
let browser: TestBrowser;
let visit: Visit;
let addresses: Readonly<Record<string, string[]>>;
const dialogs: string[] = [];

beforeAll(async () => {
  [live, browser] = await Promise.all([startLive({ stars: 2 }), TestBrowser.launch()]);
  addresses = await addressesOf(live);
  visit = await browser.open('desk');
  visit.page.on('dialog', async (dialog) => {
    dialogs.push(dialog.message());
    await dialog.dismiss();
  });
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await live?.close();
});

describe('markup in names and texts is text:', () => {
  it.each(resources.map(({ path }) => path))('%s', { timeout: 120_000 }, async (path) => {
    const { page } = visit;
    const { jobs, hostileTask } = live.landmarks;
    const hostile = [`/jobs/${jobs.hostile}`, `/tasks/${hostileTask}`].filter((each) =>
      path.includes(':job') ? each.startsWith('/jobs') : each.startsWith('/tasks'),
    );
    const more = /:(job|task)/.test(path) ? hostile.map((each) => path.replace(/\/\w+\/:\w+/, each)) : [];
    for (const address of new Set([...(addresses[path] ?? []), ...more])) {
      await page.goto(live.url + address);
      await until(() => page.evaluate<boolean>(IS_READY), { message: `the scripts of ${address}` });
      expect(await page.evaluate(STRANGERS), address).toEqual([]);
    }
    expect(dialogs).toEqual([]);
    expect(visit.problems).toEqual([]);
  });

  it('in what is asked for, too', async () => {
    const { page } = visit;
    const markup = encodeURIComponent('"><script>alert(1)</script><img src=x onerror=alert(2)>');
    for (const address of [
      `/jobs?text=${markup}`,
      `/logs?text=${markup}`,
      `/products?directory=${markup}`,
      `/product?address=${markup}`,
      `/errors?type=${markup}`,
      `/audit?person=${markup}`,
      `/timings?type=${markup}`,
      `/jobs/${live.jobId}/results?columns=${markup}`,
      `/task-types/${markup}/pause`,
    ]) {
      await page.goto(live.url + address);
      expect(await page.evaluate(STRANGERS), address).toEqual([]);
    }
    expect(dialogs).toEqual([]);
  });

  it('the tree shows names as they are', async () => {
    const { page } = visit;
    await page.goto(`${live.url}/jobs/${live.landmarks.jobs.hostile}`);
    await page.locator('.tree-toggle').first().click();
    await until(async () => (await page.locator('table[data-tree] tbody tr').count()) > 1);
    expect(await page.locator('table[data-tree]').innerText()).toContain('<script>alert(1)</script>');
    expect(await page.evaluate(STRANGERS)).toEqual([]);
  });
});

describe('files:', () => {
  const client = () => new WebClient(live.url);
  const version = async () =>
    await live.daemons.kysely
      .selectFrom('versions')
      .select(['id', 'file', 'size', 'sha256'])
      .where('size', '>', 100)
      .orderBy('id')
      .executeTakeFirstOrThrow();

  it('are saved whole or in part', async () => {
    const { id, size, sha256 } = await version();
    const way = `/versions/${id}/file`;
    const whole = await client().get(way);
    expect([whole.status, whole.headers['content-length']]).toEqual([200, String(size)]);
    expect(whole.headers['content-disposition']).toMatch(/^attachment/);
    const part = await client().get(way, { range: 'bytes=10-19' });
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 10-19/${size}`);
    const last = await client().get(way, { range: 'bytes=-5' });
    expect(last.headers['content-range']).toBe(`bytes ${size - 5}-${size - 1}/${size}`);
    expect((await client().get(way, { range: `bytes=${size}-` })).status).toBe(416);
    const changed = await client().get(way, { range: 'bytes=0-1', 'if-range': '"another"' });
    expect(changed.status).toBe(200);
    expect((await client().get(way, { range: 'bytes=0-1', 'if-range': `"${sha256}"` })).status).toBe(206);
  });

  it('of other places are not there', async () => {
    for (const way of [
      '/versions/../../etc/passwd/file',
      '/versions/%2e%2e%2f%2e%2e%2fetc%2fpasswd/file',
      '/assets/../../package.json',
      '/assets/%2e%2e/%2e%2e/settings.yaml',
      '/..%2f..%2fetc/passwd',
      '/versions/0/file',
    ]) {
      const { status, text } = await client().get(way);
      expect([way, status]).toEqual([way, expect.toSatisfy((code: number) => code === 404 || code === 400)]);
      expect(text).not.toMatch(TELLTALE);
    }
  });

  it('whose place a link has taken are refused', async () => {
    const { id, file } = await version();
    const path = join(versionsDirectory(live.daemons.installation.areas), file);
    const secret = join(live.daemons.home, 'secret.txt');
    writeFileSync(secret, 'nobody may read this');
    renameSync(path, `${path}.aside`);
    symlinkSync(secret, path);
    const { status, text } = await client().get(`/versions/${id}/file`);
    expect(status).toBe(404);
    expect(text).not.toContain('nobody may read');
    expect(text).not.toMatch(TELLTALE);
  });
});

describe('refusals give nothing away:', () => {
  it('pages and answers of errors', async () => {
    const client = new WebClient(live.url);
    const asked = [
      '/nowhere',
      '/jobs/999999',
      '/jobs/x',
      '/tasks/-1',
      '/jobs?limit=0',
      '/jobs?before=%00',
      '/%ff',
    ];
    for (const way of [...asked, ...asked.map((each) => `/api/v1${each}`)]) {
      const { status, text } = await client.get(way);
      expect([way, status]).toEqual([way, expect.toSatisfy((code: number) => code >= 400 && code < 500)]);
      expect(text, way).not.toMatch(TELLTALE);
    }
  });

  it('a body that is too large is not read', async () => {
    const client = new WebClient(live.url);
    const large = await client.post('/queue/pause', {
      _csrf: await client.csrf('/queue/pause'),
      x: 'x'.repeat(200_000),
    });
    expect(large.status).toBe(413);
    expect(large.text).not.toMatch(TELLTALE);
  });

  it('a form without its token does nothing', async () => {
    const { status, text } = await new WebClient(live.url).post('/queue/pause', {}, { origin: live.url });
    expect(status).toBe(403);
    expect(text).not.toMatch(TELLTALE);
    expect(
      await live.daemons.kysely.selectFrom('pauses').selectAll().where('scope', '=', 'all').execute(),
    ).toEqual([]);
  });
});
