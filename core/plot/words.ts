/** Numbers with their nouns and units, for titles and descriptions. */
import { formatNumber } from './ticks.ts';

export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

export function daysOf(days: number): string {
  return `${formatNumber(days, 5)} d`;
}

const ABBREVIATIONS = new Set(['mes', 'sde', 'snr']);

/** `period[d]` -> `Period (d)`, `orbital_period` -> `Orbital period`, `mes` -> `MES`. */
export function labelOf(title: string): string {
  const [, name = title, unit] = /^(.*?)\s*\[([^\]]*)\]\s*$/s.exec(title) ?? [];
  const words = name
    .replace(/^metadata\./, '')
    .replaceAll('_', ' ')
    .trim();
  const capital = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
  const label = ABBREVIATIONS.has(words) ? words.toUpperCase() : capital;
  return unit === undefined ? label : `${label} (${unit})`;
}
