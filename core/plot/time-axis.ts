/** An axis of instants: ticks at round moments of UTC, the day where one begins. The choice of ticks is d3-scale's. */
import { scaleUtc } from 'd3-scale';
import type { AxisMaker, Range } from './axis.ts';
import type { Tick } from './ticks.ts';

const APART = 78;
const DAY = 86_400_000;
const MINUTE = 60_000;

export function timeAxis(label: string, { low, high }: Range): AxisMaker {
  return (start, end) => {
    const scale = scaleUtc([low, high], [start, end]);
    const moments = scale.ticks(Math.max(2, Math.floor(Math.abs(end - start) / APART))).map(Number);
    const step = (moments[1] ?? high) - (moments[0] ?? low);
    const ticks = moments.map((value): Tick => ({ value, label: momentOf(value, step) }));
    return { ticks, minor: [], exponent: 0, label, grid: true, place: (value) => scale(value) };
  };
}

function momentOf(value: number, step: number): string {
  if (value % DAY === 0)
    return new Date(value).toLocaleDateString('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' });
  const text = new Date(value).toISOString();
  return step >= MINUTE ? text.slice(11, 16) : text.slice(11, 19);
}

/** `22 Nov 06:17`. */
export function minuteOf(at: number): string {
  const day = new Date(at).toLocaleDateString('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' });
  return `${day} ${new Date(at).toISOString().slice(11, 16)}`;
}
