import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.ts';
import { takePicture, useFixture } from './fixture.ts';

interface Asked {
  readonly dry_run?: boolean;
  readonly token: string | undefined;
  readonly text: string;
  readonly file_name?: string;
}

/** A validator for the test: lines with `bad` are problems, those with `odd` are warnings. */
function judge(text: string) {
  const problems = text.split('\n').flatMap((line, at) => {
    const [word] = /bad|odd/.exec(line) ?? [];
    if (word === undefined) return [];
    const severity = word === 'bad' ? 'error' : 'warning';
    const path = `tasks[${at}]`;
    return [
      { line: at + 1, column: line.indexOf(word) + 1, path, message: `"${word}" is no task type`, severity },
    ];
  });
  if (problems.some(({ severity }) => severity === 'error')) return { problems };
  const plan_lines = [`${text.split('\n').length} tasks`, '  <b>transit_search</b>'];
  return { data: { warnings: problems, plan_lines } };
}

const JOB = Array.from({ length: 60 }, (_, at) => `  - task: step_${at}`).join('\n');

describe('the editor of job files', () => {
  const asked: Asked[] = [];

  const { open } = useFixture({
    ready: '[data-submit][data-ready]',
    scripts: ['submit.js'],
    head: '<meta name="csrf-token" content="secret-7">',
    body: '<form data-submit method="post"><textarea name="text" aria-label="Job file" rows="20"></textarea><input name="file_name" value="job.json" aria-label="Name"><div class="review"><div data-submit-problems></div><div data-submit-plan></div><p class="soft">What the server said.</p></div><button>Submit</button></form>',
    answer: async ({ pathname }, request) => {
      if (pathname !== '/api/v1/submit') return undefined;
      const body = Buffer.concat(await request.toArray()).toString();
      const question: Omit<Asked, 'token'> = JSON.parse(body);
      const token = request.headers['x-csrf-token'];
      asked.push({ ...question, token: typeof token === 'string' ? token : undefined });
      return judge(question.text);
    },
  });
  const state = (page: Page) => page.textContent('.chart-details');

  test('without JavaScript it is a form', async () => {
    const { page } = await open({ javaScriptEnabled: false });
    expect(await page.isVisible('textarea')).toBe(true);
    expect(await page.isVisible('text=Submit')).toBe(true);
  });

  test.each(['light', 'dark'] as const)(
    'lists problems, and each leads to its line (%s)',
    async (colorScheme) => {
      const visit = await open({ colorScheme });
      const { page } = visit;
      const lines = JOB.split('\n');
      lines[3] = '  - task: odd';
      lines[40] = '  - task: bad';
      await page.fill('textarea', lines.join('\n'));
      await until(async () => (await state(page)) === '2 problems.');
      expect(asked.at(-1)).toMatchObject({ token: 'secret-7', dry_run: true });
      expect(await page.isVisible('[data-submit-plan]')).toBe(false);
      expect(await page.locator('.editor-mark').count()).toBe(2);
      await page.click('.problem >> nth=1');
      const cursor = await page.evaluate<number>("document.querySelector('textarea').selectionStart");
      expect(lines.join('\n').slice(cursor, cursor + 3)).toBe('bad');
      await takePicture(page, `submit-${colorScheme}`);
      expect(visit.problems).toEqual([]);
    },
  );

  test('a sound job shows its plan, as text', async () => {
    const { page } = await open();
    await page.fill('textarea', JOB);
    await until(async () => (await state(page)) === 'No problems.');
    expect(await page.textContent('[data-submit-plan]')).toBe('60 tasks\n  <b>transit_search</b>');
    expect(await page.isVisible('text=What the server said')).toBe(false);
    await takePicture(page, 'submit-plan');
  });

  test('typing asks once it rests', async () => {
    const { page } = await open();
    asked.length = 0;
    await page.locator('textarea').pressSequentially('tasks: bad', { delay: 5 });
    await until(async () => (await state(page)) === '1 problem.');
    expect(asked.length).toBeLessThan(4);
    expect(asked.at(-1)?.text).toBe('tasks: bad');
  });

  test('a file is read, chosen or dropped', async () => {
    const { page } = await open();
    await page.setInputFiles('input[type=file]', {
      name: 'job.yaml',
      mimeType: 'text/yaml',
      buffer: Buffer.from('from: file'),
    });
    await until(async () => (await page.inputValue('textarea')) === 'from: file');
    await until(() => asked.at(-1)?.file_name === 'job.yaml');
    const files = await page.evaluateHandle(
      "(() => { const list = new DataTransfer(); list.items.add(new File(['dropped: bad'], 'other.json')); return list; })()",
    );
    await page.dispatchEvent('.editor', 'drop', { dataTransfer: files });
    await until(async () => (await state(page)) === '1 problem.');
    expect(await page.inputValue('textarea')).toBe('dropped: bad');
  });
});
