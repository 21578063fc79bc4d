/**
 * Task type `transit_search_bls_kovacs`: box least squares as Kovacs, Zucker & Mazeh (2002) published it: the period with
 * the highest signal residue, its depth, and whether it is the one that the curve was made with. A wrong period is a
 * result, not a failure.
 */
import { at } from '../../core/light-curve/samples.ts';
import { EaselError } from '../../core/model/errors.ts';
import {
  judgeDebugging,
  readPeriodBounds,
  readSearchedCurve,
  writeDebugging,
} from '../search/searched-curve.ts';
import { seriesOf } from '../search/series.ts';
import { detectionEfficiency, searchResidues } from '../search/signal-residue.ts';
import { shortestPeriod } from '../search/transit-lengths.ts';
import { judgePeriod } from '../search/transit-outcome.ts';
import type { Metadata, QualityControl, TaskContext } from '../task-module.ts';
import { tickOf } from '../task-tick.ts';

const DEFAULT_PERIOD_MIN = 0.5;
const KNOWN = ['period_min', 'period_max'];

export async function run(context: TaskContext): Promise<Metadata> {
  const searched = await readSearchedCurve(context);
  const { name, curve, cadence, metadata } = searched;
  const limits = { shortest: shortestPeriod(cadence), defaultMin: DEFAULT_PERIOD_MIN, known: KNOWN };
  const range = readPeriodBounds(context, searched, limits);
  const found = await searchResidues(seriesOf(curve, name), { ...range, cadence, tick: tickOf(context) });
  if (found === undefined) {
    throw new EaselError(
      'task',
      `${name}: no box with enough samples is fainter than the rest, at any period`,
    );
  }
  const { best, depth, frequencies, residues } = found;
  const periods = frequencies.map((_, row) => 1 / at(frequencies, frequencies.length - 1 - row));
  const spectrum = [
    { title: 'period[d]', values: periods },
    { title: 'power', values: residues.slice().reverse() },
  ];
  await writeDebugging(context, { spectrum });
  const { period, power } = best;
  const sde = detectionEfficiency(residues);
  context.log(
    'info',
    `period ${period.toFixed(5)} d, depth ${depth.toExponential(3)}, SDE ${sde.toFixed(1)}`,
  );
  return { period, power, depth, sde, ...judgePeriod(period, metadata) };
}

export function qualityControl(context: TaskContext, metadata: Metadata): QualityControl {
  return judgeDebugging(context, metadata, DEFAULT_PERIOD_MIN);
}
