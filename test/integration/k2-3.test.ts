/** Real photometry: the planets of K2-3 are found where they are known to be. The curve is no part of the project. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runEasel } from '../support/easel.ts';
import { readHome } from '../support/home.ts';

const curve = '../shared/data/k2-3_detrended.csv';
const jobFile = resolve('demo_jobs/k2-3.json');
/** Days; the detection efficiency that the authors of transit least squares published for this star. */
const B_PERIOD = 10.054;
const B_SDE = 45;
const C_PERIOD = 24.65;

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'easel_test_k2_'));
});

afterEach(() => rm(home, { recursive: true, force: true }));

test.skipIf(!existsSync(curve))(
  `finds K2-3 b, and c without b, in ${curve} (skipped where this file is absent)`,
  async () => {
    await mkdir(join(home, 'input'));
    await copyFile(curve, join(home, 'input', 'k2-3_detrended.csv'));
    const { code } = await runEasel(['run', jobFile], { EASEL_HOME: home });
    expect(code).toBe(0);
    const { job } = await readHome(home);
    expect(job.task('ingest').output.lightcurve_count).toBe(1n);
    expect(job.task('verify').output.verification_flux_max).toBeGreaterThan(1);
    expect([...job.products.keys()]).toEqual(
      ['boxes.tar.gz', 'first.tar.gz', 'k2-3_detrended.lc.gz', 'masked.lc.gz', 'second.tar.gz'].map(
        (name) => `k2-3/${name}`,
      ),
    );
    const found = (name: string) => Number(job.task(name).output.period);
    for (const name of ['boxes', 'first']) expect(Math.abs(found(name) / B_PERIOD - 1)).toBeLessThan(0.001);
    expect(Math.abs(Number(job.task('first').output.sde) / B_SDE - 1)).toBeLessThan(0.1);
    expect(Math.abs(found('second') / C_PERIOD - 1)).toBeLessThan(0.001);
    expect(job.task('first').output.outcome).toBe('UNDEFINED');
  },
);

test('says which file is missing where nobody has brought the curve', async () => {
  const { code, stdout, stderr } = await runEasel(['run', jobFile], { EASEL_HOME: home });
  expect(code).toBe(1);
  expect(stdout + stderr).toContain('no file in the input area matches "k2-3_detrended.csv"');
});
