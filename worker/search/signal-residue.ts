/**
 * The transit search of Kovacs, Zucker & Mazeh (2002, A&A 391, 369): the folded curve in phase bins is compared with
 * every box whose length is a plausible share of the period; the signal residue SR (equation 5) of the best box, at every
 * frequency, is the spectrum. Its highest peaks are tried again finer, and the best box is fitted to all samples
 * without bins.
 */
import { at } from '../../core/light-curve/samples.ts';
import { findBestWindow, profileLength, sumUp, type WindowRule } from './box-windows.ts';
import { FastFolding, SECTION_SIZE } from './fast-folding.ts';
import { type Box, FoldedBoxes, type Series } from './folded-boxes.ts';
import { boxDepth, refineBox } from './refine-box.ts';
import { averageSeries } from './series.ts';
import { highestPeaks, periodsAround } from './spectrum-peaks.ts';
import {
  type FrequencyRange,
  type FrequencySection,
  frequencySections,
  frequencyStep,
  type LengthBounds,
  lengthBounds,
} from './transit-lengths.ts';

export interface ResidueSearch {
  /** Days. */
  readonly periodMin: number;
  readonly periodMax: number;
  /** Median step of the samples, days. */
  readonly cadence: number;
  /** Called many times a second with the share done; the search goes on when the promise is kept. */
  tick(fraction: number): Promise<void>;
}

export interface Spectrum {
  /** Ascending, 1/d. */
  readonly frequencies: Float64Array;
  /** SR of the best box, in units of the flux. */
  readonly residues: Float64Array;
}

export interface ResidueResult extends Spectrum {
  /** `power` is SR. */
  readonly best: Box;
  /** Mean flux out of transit less the mean in it. */
  readonly depth: number;
}

/** Phase bins per shortest transit, in the spectrum and around its peaks. */
const RESOLUTION = 3;
const PEAK_RESOLUTION = 16;
/** The averaged series has this many samples per shortest transit. */
const SAMPLES_PER_TRANSIT = 8;
/** Ratio of one length to the next. */
const LENGTH_RATIO = 1.4;
/** A box must hold this many samples, and this share of what the shortest transit holds on average. */
const MIN_SAMPLES = 5;
const MIN_FILLING = 0.5;
const SECTIONS_PER_TICK = 4;

/** Undefined where no box at any frequency is a dip. */
export async function searchResidues(
  series: Series,
  search: ResidueSearch,
): Promise<ResidueResult | undefined> {
  const { cadence, periodMin, periodMax } = search;
  const baseline = at(series.time, series.time.length - 1) - at(series.time, 0);
  const range = { min: 1 / periodMax, max: 1 / periodMin, baseline, cadence };
  const transit = lengthBounds(range.max, cadence).shortest / range.max;
  const averaged = averageSeries(series, transit / SAMPLES_PER_TRANSIT);
  const searched = { ...range, series: averaged, minShare: MIN_SAMPLES / series.time.length };
  const spectrum = await makeSpectrum(searched, search.tick);
  const peak = await findPeak(searched, spectrum, search);
  if (peak === undefined) return undefined;
  const step = frequencyStep(1 / peak.period, range) * peak.period;
  const limits = { min: periodMin, max: periodMax, step };
  const best = refineBox(series, peak, { ...limits, objective: 'signal_residue' });
  return { ...spectrum, best, depth: boxDepth(series, best) };
}

/** The signal detection efficiency (equation 6): how far the highest SR stands above the mean, in standard deviations. */
export function detectionEfficiency(residues: Float64Array): number {
  const mean = residues.reduce((sum, each) => sum + each, 0) / residues.length;
  const variance = residues.reduce((sum, each) => sum + (each - mean) ** 2, 0) / residues.length;
  const highest = residues.reduce((max, each) => Math.max(max, each), 0);
  return variance > 0 ? (highest - mean) / Math.sqrt(variance) : 0;
}

interface Searched extends FrequencyRange {
  readonly series: Series;
  /** Of the weight of all samples: no box may hold less. */
  readonly minShare: number;
}

async function makeSpectrum(searched: Searched, tick: ResidueSearch['tick']): Promise<Spectrum> {
  const sections = [...frequencySections(searched, SECTION_SIZE)];
  const length = sections.reduce((sum, { count }) => sum + count, 0);
  const frequencies = new Float64Array(length);
  const residues = new Float64Array(length);
  const folding = new FastFolding(searched.series);
  let row = 0;
  for (const [index, section] of sections.entries()) {
    for (const residue of residuesOf(folding, searched, section)) {
      frequencies[row] = section.start + (row % SECTION_SIZE) * section.step; // all sections but the last are full
      residues[row++] = residue;
    }
    if (index % SECTIONS_PER_TICK === 0) await tick(index / sections.length);
  }
  return { frequencies, residues };
}

/** SR at each frequency of a section. */
function* residuesOf(folding: FastFolding, searched: Searched, section: FrequencySection): Generator<number> {
  const bins = Math.ceil(RESOLUTION / section.shortest);
  const widths = lengthsOf(section).map((share) => Math.max(1, Math.round(share * bins)));
  const longest = widths.at(-1) ?? 1;
  const rule = ruleOf(searched, section);
  const profile = new Float64Array(profileLength(bins, longest));
  const folded = folding.fold({ start: section.start, step: section.step, bins });
  for (let index = 0; index < section.count; index++) {
    profile.set(folded.subarray(2 * index * bins, 2 * (index + 1) * bins), 2);
    sumUp(profile, bins, longest);
    yield findBestWindow(profile, bins, widths, rule).score;
  }
}

async function findPeak(
  searched: Searched,
  { frequencies, residues }: Spectrum,
  { periodMin, periodMax, tick }: ResidueSearch,
): Promise<Box | undefined> {
  let best: Box | undefined;
  for (const peak of highestPeaks(residues)) {
    const frequency = at(frequencies, peak);
    const bounds = lengthBounds(frequency, searched.cadence);
    const durations = Float64Array.from(lengthsOf(bounds), (share) => share / frequency);
    const { objective, minWeight } = ruleOf(searched, bounds);
    const shapes = { durations, resolution: PEAK_RESOLUTION, objective, minWeight };
    const boxes = new FoldedBoxes(searched.series, shapes);
    const step = frequencyStep(frequency, searched) / frequency;
    for (const period of periodsAround(1 / frequency, { step, min: periodMin, max: periodMax })) {
      const box = boxes.fit(period);
      if (box.power > (best?.power ?? 0)) best = box;
    }
    await tick(1);
  }
  return best;
}

function ruleOf({ series, minShare }: Searched, { shortest }: LengthBounds): WindowRule {
  const { totalWeight } = series;
  const share = Math.max(minShare, MIN_FILLING * shortest);
  return { objective: 'signal_residue', totalWeight, minWeight: share * totalWeight };
}

/** Shares of the period from the shortest to the longest, both included. */
function lengthsOf({ shortest, longest }: LengthBounds): number[] {
  const steps = Math.ceil(Math.log(longest / shortest) / Math.log(LENGTH_RATIO));
  return Array.from({ length: steps + 1 }, (_, index) =>
    Math.min(longest, shortest * (longest / shortest) ** (index / Math.max(1, steps))),
  );
}
