/** A thread of transit least squares: what computes one period after the other. */
import { FoldedTransits, type LossSeries } from './folded-transits.ts';
import { servePeriods } from './period-thread.ts';
import { widthBounds } from './transit-grid.ts';
import { type LimbDarkening, TransitShape, templateOf } from './transit-template.ts';

export interface TransitThreadInput {
  readonly series: LossSeries;
  /** Days from the first sample to the last. */
  readonly span: number;
  readonly limbDarkening: LimbDarkening;
  /** Of the templates, in samples, ascending. */
  readonly widths: readonly number[];
  readonly minDepth: number;
  readonly margin: number;
}

servePeriods((input: TransitThreadInput) => {
  const { series, span, widths, minDepth, margin } = input;
  const shape = new TransitShape(input.limbDarkening);
  const templates = widths.map((width) => templateOf(shape, width));
  const folded = new FoldedTransits(series, { templates, minDepth, margin });
  return (period, row) => {
    const { gain, phase, duration } = folded.fit(period, widthBounds(series.time.length, span, period));
    row[0] = gain;
    row[1] = phase;
    row[2] = duration;
  };
});
