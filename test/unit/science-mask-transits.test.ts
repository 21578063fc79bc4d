import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLightCurve } from '../../core/light-curve/read-light-curve.ts';
import { writeLightCurve } from '../../core/light-curve/write-light-curve.ts';
import type { TaskContext } from '../../worker/task-module.ts';
import { run } from '../../worker/types/mask-transits.ts';
import { inputFile, makeContext, makeDirectory } from './science-context.ts';

const directory = makeDirectory();
const path = join(directory, 'curve.lc.gz');
const masked = join(directory, 'masked.lc.gz');
const time = Float64Array.from({ length: 1000 }, (_, index) => index / 100);
const flag = time.map((_, index) => (index === 205 ? 1 : 0));
const flux = time.map((_, index) => 1 + (index % 5) / 1000);

await writeLightCurve(path, { time, flux, flag, uncertainty: time.map(() => 1e-4) }, { star: 'K2-3' });

async function mask(settings: TaskContext['settings']) {
  const context = makeContext({
    settings,
    inputs: { lightcurve: [inputFile(path)] },
    outputs: { lightcurve: masked },
  });
  const metadata = await run(context);
  const { curve, header } = await readLightCurve(inputFile(masked));
  return { metadata, logged: context.logged, curve, header };
}

describe('mask_transits', () => {
  test('flags twice the duration about every transit, before t0 too, and nothing else', async () => {
    const { metadata, curve, header } = await mask({ period: 3, t0: 5.0502, duration: 0.1 });
    // Within 0.1 d of 2.0502, 5.0502 and 8.0502: twenty samples each, of which one had a flag.
    const flagged = [...curve.flag.entries()].filter(([, each]) => each === 2).map(([index]) => index);
    expect(flagged).toEqual(
      [196, 496, 796]
        .flatMap((start) => Array.from({ length: 20 }, (_, each) => start + each))
        .filter((each) => each !== 205),
    );
    expect(curve.flag[205]).toBe(1);
    expect(metadata).toEqual({ masked_samples: 59 });
    expect([...curve.flux]).toEqual([...flux]);
    expect(header).toMatchObject({ star: 'K2-3' });
  });

  test('has a width of its own where that is given', async () => {
    expect(
      (await mask({ period: 3, t0: 5.0502, duration: 0.1, width_factor: 4 })).metadata.masked_samples,
    ).toBe(119);
  });

  test('lets the curve pass where the search found nothing', async () => {
    const { metadata, curve, logged } = await mask({ period: null, t0: null, duration: null });
    expect(metadata).toEqual({ masked_samples: 0 });
    expect([...curve.flag]).toEqual([...flag]);
    expect(logged[0]).toMatchObject({ level: 'warning' });
  });

  test('warns where no sample lies in a transit', async () => {
    const { metadata, logged } = await mask({ period: 50, t0: -3, duration: 0.1 });
    expect(metadata).toEqual({ masked_samples: 0 });
    expect(logged[0]?.message).toContain('no sample without a flag lies in these transits');
  });

  test.each([
    [{ t0: 1, duration: 0.1 }, 'the setting period is missing'],
    [{ period: 0, t0: 1, duration: 0.1 }, 'the setting period is 0: it must be more than 0'],
    [{ period: 2, t0: 'x', duration: 0.1 }, 'the setting t0 must be a number'],
    [{ period: 2, t0: 1, duration: 1 }, 'would mask the whole period'],
    [{ period: 2, t0: 1, duration: 0.1, width_factor: -1 }, 'width_factor is -1'],
    [{ period: null, t0: 1, duration: null }, 'the setting period is missing'],
    [{ period: 100, t0: 5, duration: 12 }, 'leaves no sample without a flag'],
  ])('refuses %j', async (settings, message) => {
    await expect(mask(settings)).rejects.toThrow(message);
  });
});
