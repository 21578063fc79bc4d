/**
 * What the bench hands back: for each figure the value, what it must reach, whether it does, and its proportion to what the bare
 * database did just before it. Of a smoke run nothing is judged: its sizes say nothing about speed.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { renderTable } from '../../core/cli/table.ts';
import type { Floors } from './floors.ts';
import { type Figure, isMet } from './scenario.ts';

export interface Result extends Figure {
  readonly scenario: string;
  /** `mysql/sql` and so on, or a database alone; null where no database takes part. */
  readonly combination: string | null;
  readonly met: boolean | null;
  readonly floors: Floors | null;
  /** The value in proportion to the floors that have its unit. */
  readonly ratios: {
    readonly toUpdates?: number;
    readonly toInsertedRows?: number;
    readonly toCommit?: number;
  };
  /** Of the machine over the last minute, when the figure was there. */
  readonly load: number;
}

export interface Broken {
  readonly scenario: string;
  readonly combination: string | null;
  readonly error: string;
}

export interface Report {
  readonly at: string;
  readonly smoke: boolean;
  readonly node: string;
  readonly processors: string;
  readonly results: readonly Result[];
  readonly broken: readonly Broken[];
}

interface Origin {
  readonly scenario: string;
  readonly combination: string | null;
  readonly floors: Floors | null;
  readonly isSmoke: boolean;
}

export function resultOf(figure: Figure, { scenario, combination, floors, isSmoke }: Origin): Result {
  const met = isSmoke ? null : isMet(figure);
  return {
    scenario,
    combination,
    ...figure,
    met,
    floors,
    ratios: ratiosOf(figure, floors),
    load: loadavg()[0] ?? 0,
  };
}

function ratiosOf({ value, unit }: Figure, floors: Floors | null): Result['ratios'] {
  if (floors === null) return {};
  const { updatesPerSecond, rowsPerSecond, commitMs } = floors;
  if (unit === 'tasks/s')
    return { toUpdates: value / updatesPerSecond, toInsertedRows: value / rowsPerSecond };
  return unit === 'ms' ? { toCommit: value / commitMs } : {};
}

export function reportOf(smoke: boolean, results: readonly Result[], broken: readonly Broken[]): Report {
  const processors = `${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}`;
  return { at: new Date().toISOString(), smoke, node: process.version, processors, results, broken };
}

const COLUMNS = [
  ...[
    { title: 'scenario' },
    { title: 'on' },
    { title: 'figure' },
    { title: 'value', right: true },
    { title: 'target', right: true },
  ],
  ...[{ title: 'met' }, { title: 'of bare updates', right: true }, { title: 'of bare inserts', right: true }],
  ...[
    { title: 'of a bare commit', right: true },
    { title: 'load', right: true },
  ],
];

/** The lines of the table, whole whatever the width of the terminal. */
export function renderReport({ results, broken }: Report): string[] {
  const rows = results.map((result) => {
    const { scenario, combination, name, value, unit, floors, ratios, load } = result;
    return [
      ...[scenario, combination ?? '', name, `${rounded(value)} ${unit}`, targetOf(result), metOf(result)],
      beside(ratios.toUpdates, floors?.updatesPerSecond, '/s'),
      beside(ratios.toInsertedRows, floors?.rowsPerSecond, '/s'),
      beside(ratios.toCommit, floors?.commitMs, ' ms'),
      load.toFixed(1),
    ];
  });
  const failures = broken.map(
    ({ scenario, combination, error }) => `BROKEN: ${scenario} on ${combination ?? 'no database'}: ${error}`,
  );
  return [...renderTable(COLUMNS, rows, Number.MAX_SAFE_INTEGER), ...failures];
}

function targetOf({ target, unit }: Result): string {
  if (target === undefined) return '';
  return 'atLeast' in target ? `>= ${target.atLeast} ${unit}` : `<= ${target.atMost} ${unit}`;
}

function metOf({ met }: Result): string {
  if (met === null) return '';
  return met ? 'yes' : 'NO';
}

function beside(ratio: number | undefined, floor: number | undefined, unit: string): string {
  if (ratio === undefined || floor === undefined) return '';
  return `${ratio < 1 ? `${rounded(ratio * 100)} %` : `${rounded(ratio)} x`} of ${rounded(floor)}${unit}`;
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
