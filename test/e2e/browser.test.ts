/** The tools of the tests in a browser find what they are there to find: on small pages of their own. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAccessibility, checkWidth, findBarriers } from '../support/browser/accessibility.ts';
import { LOOKS, TestBrowser } from '../support/browser/browser.ts';
import { findChromium } from '../support/browser/chromium.ts';
import { readFocus, tabTo } from '../support/browser/keyboard.ts';

const page = (body: string) =>
  `<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"></head><body><main><h1>A page</h1>${body}</main></body></html>`;

const PAGES: Readonly<Record<string, string>> = {
  '/': page(
    '<p id="scheme">text</p><a href="/">first</a> <label>Name <input></label> <button>Go on</button><script src="/script.js"></script>',
  ),
  '/inline': page('<script>document.title = "changed"</script>'),
  '/throws': page('<script src="/throws.js"></script>'),
  '/missing': page('<img src="/nowhere.png" alt="nothing">'),
  '/barriers': page('<img src="/style.css"><input>'),
  '/wide': page('<p class="wide">wide</p>'),
  '/unmarked': page('<button class="unmarked">hidden focus</button>'),
  '/style.css':
    'body { background: white } @media (prefers-color-scheme: dark) { #scheme { color: white } body { background: black; color: white } a { color: yellow } } .wide { width: 900px } .unmarked:focus { outline: none }',
  '/script.js': 'document.body.dataset.script = "ran"',
  '/throws.js': 'throw new Error("on purpose")',
};

let server: Server;
let browser: TestBrowser;
let url: string;

beforeAll(async () => {
  server = createServer(({ url: path = '/' }, response) => {
    const type = path.endsWith('.css') ? 'text/css' : path.endsWith('.js') ? 'text/javascript' : 'text/html';
    response.writeHead(PAGES[path] === undefined ? 404 : 200, {
      ...{ 'content-type': type, 'content-security-policy': "default-src 'self'; img-src 'self' data:" },
    });
    response.end(PAGES[path] ?? 'nothing');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await TestBrowser.launch();
});
afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the browser', () => {
  it('is found where CHROMIUM says, and refuses a wrong one', () => {
    expect(findChromium({ CHROMIUM: process.execPath })).toBe(process.execPath);
    expect(() => findChromium({ CHROMIUM: '/nowhere/chromium' })).toThrow(/CHROMIUM is \/nowhere/);
  });

  it('looks as asked', async () => {
    for (const look of ['desk', 'phone', 'dark', 'plain'] as const) {
      await browser.visit(look, async (page) => {
        await page.goto(url);
        expect(page.viewportSize()).toEqual(LOOKS[look].viewport);
        if (look !== 'plain') {
          const colour = await page.evaluate('getComputedStyle(document.querySelector("#scheme")).color');
          expect(colour === 'rgb(255, 255, 255)').toBe(look === 'dark');
        }
        expect(await page.locator('body').getAttribute('data-script')).toBe(look === 'plain' ? null : 'ran');
      });
    }
  });

  it.each([
    ['/inline', /Content Security Policy/i],
    ['/throws', /script: on purpose/],
    ['/missing', /answer: 404 of .*nowhere\.png/],
  ])('fails for what goes wrong at %s', async (path, problem) => {
    const visit = browser.visit('desk', async (page) => void (await page.goto(url + path)));
    await expect(visit).rejects.toThrow(problem);
  });

  it('forgives what the test brings about', async () => {
    await browser.visit('desk', async (page, visit) => {
      visit.forgive(/404/);
      await page.goto(`${url}/missing`);
    });
  });

  it('tells what happened on the page beside what the test found', async () => {
    const visit = browser.visit('desk', async (page) => {
      await page.goto(`${url}/throws`);
      throw new Error('not as expected');
    });
    await expect(visit).rejects.toThrow(/not as expected[\s\S]*on purpose/);
  });
});

describe('accessibility', () => {
  it('passes a good page, under its content security policy', async () => {
    await browser.visit('desk', async (page) => {
      await page.goto(url);
      await checkAccessibility(page);
      await checkWidth(page);
    });
  });

  it('finds barriers', async () => {
    await browser.visit('dark', async (page) => {
      await page.goto(`${url}/barriers`);
      const barriers = (await findBarriers(page)).join('\n');
      expect(barriers).toMatch(/image-alt \(critical\)/);
      expect(barriers).toMatch(/label \(critical\)/);
      await expect(checkAccessibility(page)).rejects.toThrow(/barriers/);
    });
  });

  it('finds what is wider than a phone', async () => {
    await browser.visit('phone', async (page) => {
      await page.goto(`${url}/wide`);
      await expect(checkWidth(page)).rejects.toThrow(/px wide/);
    });
  });
});

describe('the keyboard', () => {
  it('leads to what has a name', async () => {
    await browser.visit('desk', async (page) => {
      await page.goto(url);
      await tabTo(page, /^Name/);
      expect((await readFocus(page)).tag).toBe('input');
      await tabTo(page, 'Go on');
      expect((await readFocus(page)).tag).toBe('button');
    });
  });

  it('sees a focus that is not shown, and what cannot be reached', async () => {
    await browser.visit('desk', async (page) => {
      await page.goto(`${url}/unmarked`);
      await expect(tabTo(page, 'hidden focus')).rejects.toThrow(/does not show its focus/);
      await page.goto(url);
      await expect(tabTo(page, 'nothing of this name')).rejects.toThrow(/only to: .*first/);
    });
  });
});
