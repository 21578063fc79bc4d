/** Work for each period on threads: what comes out, and that nothing stays behind however it ends. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { computePeriods, type PeriodWork, shareNumbers } from '../../worker/search/period-threads.ts';
import { makeDirectory } from './science-context.ts';

const directory = makeDirectory();

/** A thread whose function has the body given, with `input`, `period` and `row` in scope. */
function entryOf(name: string, body: string): string {
  const path = join(directory, `${name}.ts`);
  const side = resolve('worker/search/period-thread.ts');
  writeFileSync(
    path,
    `import { servePeriods } from '${side}';\nservePeriods((input: any) => (period, row) => {\n${body}\n});\n`,
  );
  return path;
}

function work(entry: string, parts: Partial<PeriodWork<unknown>> = {}): PeriodWork<unknown> {
  return {
    ...{
      entry,
      input: { factor: 3 },
      periods: Float64Array.from({ length: 5000 }, (_, index) => index + 1),
      columns: 2,
    },
    ...{ threads: 2, signal: new AbortController().signal, progress: () => undefined },
    ...parts,
  };
}

const threadsAlive = (): number =>
  process.getActiveResourcesInfo().filter((each) => each === 'MessagePort').length;

const multiply = entryOf('multiply', 'row[0] = period * input.factor; row[1] = -period;');

test.each([1, 2, 3, 7.9])('%d threads give each period its own numbers, and end', async (threads) => {
  const before = threadsAlive();
  const shares: number[] = [];
  let most = before;
  const progress = (share: number): void => {
    shares.push(share);
    most = Math.max(most, threadsAlive());
  };
  const [first, second] = await computePeriods(work(multiply, { threads, progress }));
  expect(first?.length).toBe(5000);
  expect(first?.every((value, index) => value === 3 * (index + 1))).toBe(true);
  expect(second?.every((value, index) => value === -(index + 1))).toBe(true);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.length).toBeGreaterThan(20);
  expect(shares.at(-1)).toBe(1);
  expect(most).toBeGreaterThan(before);
  expect(threadsAlive()).toBe(before);
});

test('shared numbers are not copied for each thread', async () => {
  const input = { numbers: shareNumbers(Float64Array.of(7, 8)) };
  const entry = entryOf('write', 'input.numbers[0] = 9; row[0] = input.numbers[1];');
  const [column] = await computePeriods(work(entry, { input, periods: Float64Array.of(1), columns: 1 }));
  expect([input.numbers[0], column?.[0]]).toEqual([9, 8]);
});

test('a signal ends threads in the middle of a period that never ends', async () => {
  const before = threadsAlive();
  const controller = new AbortController();
  const entry = entryOf('endless', 'row[0] = 1; if (period > 2000) for (;;);');
  const progress = (): void => controller.abort(new Error('asked to stop'));
  await expect(computePeriods(work(entry, { progress, signal: controller.signal }))).rejects.toThrow(
    'asked to stop',
  );
  await expect(computePeriods(work(entry, { signal: controller.signal }))).rejects.toThrow('asked to stop');
  expect(threadsAlive()).toBe(before);
});

test.each([
  ['an error', "if (period > 2500) throw new Error('kaputt');", 'kaputt'],
  ['an early end', 'if (period > 2500) process.exit(0);', 'of 5000 periods'],
])('%s in a thread is an error, and ends the others', async (name, body, message) => {
  const before = threadsAlive();
  await expect(computePeriods(work(entryOf(name.replace(' ', '_'), body)))).rejects.toThrow(message);
  expect(threadsAlive()).toBe(before);
});
