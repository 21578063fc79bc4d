/** The picture of one product or file: what it shows follows from what the file holds. */
import type { LightCurve, Metadata } from '../../../core/light-curve/light-curve.ts';
import { readLightCurve } from '../../../core/light-curve/read-light-curve.ts';
import { isArchive, readTable } from '../../../core/light-curve/read-tables.ts';
import { EaselError } from '../../../core/model/errors.ts';
import type { PictureOptions } from '../../../core/plot/chart.ts';
import { drawFolded } from '../../../core/plot/folded-chart.ts';
import { drawLightCurve } from '../../../core/plot/light-curve-chart.ts';
import { drawSpectrum } from '../../../core/plot/spectrum-chart.ts';
import type { ReadBy } from '../../../core/store/product-views.ts';
import { findFolding } from './find-folding.ts';
import type { Plotted } from './find-product.ts';

export const KINDS = ['curve', 'folded', 'spectrum'] as const;
export type Kind = (typeof KINDS)[number];

export interface ProductPlot {
  readonly plotted: Plotted;
  readonly kind: Kind | undefined;
  readonly period: number | undefined;
  readonly t0: number | undefined;
  /** Days on each side of the transit. */
  readonly window: number | undefined;
  readonly picture: PictureOptions;
  /** The tasks that read the product. */
  readonly readers: () => Promise<readonly ReadBy[]>;
  readonly remark: (text: string) => void;
}

/** Returns the picture as SVG. */
export async function plotProduct(plot: ProductPlot): Promise<string> {
  const { plotted, kind } = plot;
  const { path, name } = plotted;
  const holdsTables = await isArchive(path).catch((error: Error) => {
    throw new EaselError('not_found', `${name} cannot be read: ${error.message}`);
  });
  if (holdsTables) {
    if (kind !== undefined && kind !== 'spectrum')
      throw new EaselError(
        'usage',
        `${name} holds tables, no light curve: --kind ${kind} cannot be drawn of it`,
      );
    return await plotSpectrum(plot);
  }
  if (kind === 'spectrum')
    throw new EaselError(
      'usage',
      `${name} is no tar.gz with a spectrum.csv: plot the search's \`debugging\` product`,
    );
  const { curve, metadata } = await readLightCurve(plotted).catch((error: Error) => {
    throw new EaselError(
      'task',
      `${error.message}; what can be drawn is a light curve, or a tar.gz with a spectrum.csv`,
    );
  });
  return kind === 'folded'
    ? await plotFolded(plot, curve, metadata)
    : drawLightCurve({ title: name, curve }, plot.picture);
}

async function plotFolded(plot: ProductPlot, curve: LightCurve, metadata: Metadata): Promise<string> {
  const { plotted, period, t0, window, picture, remark } = plot;
  const { name } = plotted;
  const readers = await plot.readers();
  const { folding, remarks } = findFolding({ name, curve, metadata, readers, period, t0 });
  for (const text of remarks) remark(text);
  return drawFolded({ title: name, curve, folding, halfWidth: window }, picture);
}

async function plotSpectrum({ plotted, picture }: ProductPlot): Promise<string> {
  const { path, name, metadata } = plotted;
  const [periods, ...others] = await readTable({ path, name, table: 'spectrum' });
  const powers = others.find(({ title }) => /^(power|sde)\b/i.test(title)) ?? others[0];
  if (periods === undefined || powers === undefined)
    throw new EaselError('task', `${name}, spectrum.csv: one column alone is no spectrum`);
  if (!periods.values.some(Number.isFinite))
    throw new EaselError('task', `${name}, spectrum.csv: it has no rows`);
  const spectrum = {
    ...{ title: name, periodTitle: periods.title, powerTitle: powers.title },
    ...{ periods: periods.values, powers: powers.values },
  };
  const { period, target_period, orbital_period } = metadata;
  const target = numberOf(target_period) ?? numberOf(orbital_period);
  return drawSpectrum({ ...spectrum, best: numberOf(period), target }, picture);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined;
}
