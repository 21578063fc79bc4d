/**
 * How much of a star's variability (ppm^2, mean squares) falls into each frequency bin of a sampled series. Each sample is
 * the mean over its cadence, which weakens power at nu by sinc^2(nu cadence); what is above half the sampling
 * frequency appears folded below it.
 */
import { type Mode, modesOf } from './p-modes.ts';
import type { ReferenceStar } from './reference-stars.ts';
import { backgroundDensity, backgroundOf } from './stellar-background.ts';

/** Stellar power above this frequency (uHz), near twice the acoustic cut-off of the Sun, is not folded. */
const HIGHEST = 10_000;

/** Half-widths within which a mode is drawn: the 1 % beyond is put inside, so that no power is lost. */
const REACH = 60;

export interface Sampling {
  /** Seconds. */
  readonly cadence: number;
  /** Samples in the series, an even number. */
  readonly size: number;
}

/** Bins 0 to size / 2, each 1 / (size cadence) wide. Bin 0 is empty: the mean flux stays what it is. */
export function sampledPowers(star: ReferenceStar, sampling: Sampling): Float64Array {
  const bins = new FoldedBins(sampling);
  const background = backgroundOf(star);
  const last = Math.max(sampling.size / 2, Math.ceil(HIGHEST / bins.width));
  for (let bin = 1; bin <= last; bin++) {
    bins.add(bin, backgroundDensity(background, bin * bins.width) * bins.width);
  }
  for (const mode of modesOf(star)) addMode(bins, mode);
  return bins.powers;
}

/** The integral of a Lorentzian over each bin, so that a mode narrower than a bin has its power as well. */
function addMode(bins: FoldedBins, { frequency, width, power }: Mode): void {
  const half = width / 2;
  const scale = power / (2 * Math.atan(REACH));
  const first = Math.max(1, Math.round((frequency - REACH * half) / bins.width));
  const last = Math.max(first, Math.round((frequency + REACH * half) / bins.width));
  let below = -Math.atan(REACH);
  for (let bin = first; bin <= last; bin++) {
    const edge = bin === last ? REACH : ((bin + 0.5) * bins.width - frequency) / half;
    const above = Math.atan(edge);
    bins.add(bin, scale * (above - below));
    below = above;
  }
}

class FoldedBins {
  readonly powers: Float64Array;
  /** uHz. */
  readonly width: number;
  readonly #size: number;

  constructor({ cadence, size }: Sampling) {
    this.powers = new Float64Array(size / 2 + 1);
    this.width = 1e6 / (size * cadence);
    this.#size = size;
  }

  /** @param bin number of the bin, counted through from frequency 0 */
  add(bin: number, power: number): void {
    const phase = (Math.PI * bin) / this.#size;
    const response = Math.sin(phase) / phase;
    const rest = bin % this.#size;
    const folded = rest <= this.#size / 2 ? rest : this.#size - rest;
    if (folded > 0) this.powers[folded] = (this.powers[folded] ?? 0) + power * response * response;
  }
}
