/**
 * Round numbers for axes and how they are written: as many decimals as the step needs, a common power of ten where the numbers
 * are far from one, powers of ten on logarithmic axes. The choice of ticks is d3-scale's.
 */
import { format } from 'd3-format';
import { tickFormat } from 'd3-scale';
import { element, type Markup } from './svg.ts';

export interface Tick {
  readonly value: number;
  readonly label: string;
  /** The label is ten to this power, whatever it says. */
  readonly power?: number;
}

export interface Ticks {
  readonly ticks: readonly Tick[];
  /** Without labels. */
  readonly minor: readonly number[];
  /** Labels are to be multiplied by ten to this power. */
  readonly exponent: number;
}

const LARGE = 1e9;
const LARGE_STEP = 1e5;
const SMALL = 1e-3;
const PLAIN_POWERS = 4;

export function linearTicks(values: readonly number[]): Ticks {
  const largest = Math.max(...values.map(Math.abs), 0);
  const step = Math.abs((values[1] ?? 0) - (values[0] ?? 0));
  const isFar = largest >= LARGE || step >= LARGE_STEP || (largest > 0 && largest < SMALL);
  const exponent = isFar ? Math.floor(Math.log10(largest) + 1e-9) : 0;
  const scaled = values.map((value) => value / 10 ** exponent);
  const specifier = largest >= 1e4 && !isFar ? ',f' : 'f';
  const write = tickFormat(scaled[0] ?? 0, scaled.at(-1) ?? 1, Math.max(1, values.length - 1), specifier);
  const ticks = values.map((value, at) => ({ value, label: write(scaled[at] ?? 0) }));
  return { ticks, minor: [], exponent };
}

/** 1, 2 and 5 times each power of ten, or the powers alone when there are many. */
export function logTicks(low: number, high: number, most: number): Ticks {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const powers = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const isInside = (value: number) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
  const all = powers.flatMap((power) => [1, 2, 5].map((digit) => times(digit, power))).filter(isInside);
  const every = Math.max(1, Math.ceil(powers.length / most));
  const tens = powers
    .filter((_, at) => at % every === 0)
    .map((power) => times(1, power))
    .filter(isInside);
  const values = all.length <= most || tens.length < 2 ? all : tens;
  const minor = powers.flatMap((power) => [2, 3, 4, 5, 6, 7, 8, 9].map((digit) => times(digit, power)));
  return {
    ticks: values.map(logTick),
    minor:
      powers.length <= 2 * most ? minor.filter((value) => isInside(value) && !values.includes(value)) : [],
    exponent: 0,
  };
}

/** Six digits at most, no zeros at the end, powers of ten for what is very large or small. */
export function formatNumber(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return format(`.${digits - 1}~e`)(value).replace('e+', 'e');
  return format(`.${digits}~r`)(value);
}

/** The label, with its exponent raised. */
export function tickMarkup({ label, power }: Tick): readonly (Markup | string)[] {
  return power === undefined ? [label] : ['10', raised(power)];
}

export function raised(power: number): Markup {
  return element('tspan', { dy: '-0.35em', 'font-size': '80%' }, String(power).replace('-', '\u2212'));
}

function logTick(value: number): Tick {
  const power = Math.round(Math.log10(value));
  const isPower = Math.abs(value / 10 ** power - 1) < 1e-9;
  if (!isPower || Math.abs(power) <= PLAIN_POWERS) return { value, label: formatNumber(value) };
  return { value, label: `10${power}`, power };
}

/** From its decimal text: 3 * 10 ** -1 is not 0.3. */
const times = (digit: number, power: number) => Number(`${digit}e${power}`);
