/** The picture of a job's results: two keys against each other, or a third over two, each of metadata or loop variables. */

import type { Database } from '../../../core/db/open.ts';
import { nearest } from '../../../core/job-file/problem.ts';
import { EaselError } from '../../../core/model/errors.ts';
import { toPlain, type Value } from '../../../core/model/values.ts';
import type { PictureOptions } from '../../../core/plot/chart.ts';
import type { Datum, Row } from '../../../core/plot/datum.ts';
import { drawHeatMap } from '../../../core/plot/heat-map.ts';
import { drawScatter } from '../../../core/plot/scatter-chart.ts';
import { labelOf } from '../../../core/plot/words.ts';
import type { Registry } from '../../../core/runtime/registry.ts';
import { columnsOf, lookUp, type Result, readResults } from '../../../core/store/results.ts';
import { plural } from '../../../core/words/format.ts';
import { printable } from '../../../core/words/text.ts';
import { unitOf } from './units.ts';

export interface ResultsPlot {
  readonly jobId: number;
  readonly x: string;
  readonly y: string;
  readonly value: string | undefined;
  /** Name or type of the tasks wanted. */
  readonly task: string | undefined;
  readonly picture: PictureOptions;
  readonly remark: (text: string) => void;
}

const MOST_ROWS = 500_000;
/** More places along an axis than this are no map that anybody can read. */
const MOST_PLACES = 200;

/** Returns the picture as SVG. */
export async function plotResults(
  database: Database,
  registry: Registry,
  plot: ResultsPlot,
): Promise<string> {
  const { jobId, x, y, value, picture, task } = plot;
  const { rows, names, keys } = await collect(database, plot);
  if (rows.length === 0) throw new EaselError('not_found', printable(explainNone(plot, keys)));
  if (names.size > 1 && task === undefined)
    plot.remark(
      printable(
        `results of ${plural(names.size, 'task')} are shown together: ${[...names].join(', ')}; --task picks one`,
      ),
    );
  const label = (key: string) => labelOf(withUnit(key, registry));
  const common = { xLabel: label(x), yLabel: label(y), rows };
  if (value === undefined)
    return drawScatter({ ...common, title: `Job ${jobId}: ${y} against ${x}` }, picture);
  checkPlaces(rows, plot);
  return drawHeatMap(
    { ...common, valueLabel: label(value), title: `Job ${jobId}: ${value} over ${x} and ${y}` },
    picture,
  );
}

interface Collected {
  readonly rows: readonly Row[];
  /** Of the tasks that the rows are of. */
  readonly names: ReadonlySet<string>;
  /** All that there is. */
  readonly keys: ReadonlySet<string>;
}

async function collect(database: Database, { jobId, x, y, value, task }: ResultsPlot): Promise<Collected> {
  const rows: Row[] = [];
  const names = new Set<string>();
  const keys = new Set<string>();
  for await (const result of readResults(database, jobId, task)) {
    for (const key of columnsOf(result)) keys.add(key);
    const row = rowOf(result, { x, y, value });
    if (row === undefined) continue;
    if (rows.length === MOST_ROWS)
      throw new EaselError(
        'usage',
        `more than ${MOST_ROWS} results have both ${x} and ${y}: --task NAME picks those of one task`,
      );
    rows.push(row);
    names.add(result.name);
  }
  return { rows, names, keys };
}

/** Loop variables alone say nothing of a result: at least one of the keys must be what the task has published. */
function rowOf(
  result: Result,
  { x, y, value }: { readonly x: string; readonly y: string; readonly value: string | undefined },
): Row | undefined {
  const keys = [x, y, ...(value === undefined ? [] : [value])];
  if (!keys.some((key) => key in result.published)) return undefined;
  const [first, second, third] = keys.map((key) => datumOf(lookUp(result, key)));
  if (first === undefined || second === undefined) return undefined;
  if (value === undefined) return { x: first, y: second };
  return third === undefined ? undefined : { x: first, y: second, value: third };
}

function datumOf(value: Value | undefined): Datum | undefined {
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  const plain = toPlain(value);
  return typeof plain === 'number' || typeof plain === 'string' || typeof plain === 'boolean'
    ? plain
    : undefined;
}

function withUnit(key: string, registry: Registry): string {
  const unit = unitOf(key, registry);
  return unit === undefined ? key : `${key} [${unit}]`;
}

function checkPlaces(rows: readonly Row[], { x, y }: ResultsPlot): void {
  for (const [key, places] of [
    [x, new Set(rows.map((row) => row.x)).size],
    [y, new Set(rows.map((row) => row.y)).size],
  ] as const) {
    if (places > MOST_PLACES)
      throw new EaselError(
        'usage',
        `${key} has ${places} different values, too many for the places of a map (${MOST_PLACES}): leave --value out to see points`,
      );
  }
}

function explainNone({ jobId, x, y, value, task }: ResultsPlot, keys: ReadonlySet<string>): string {
  const wanted = [x, y, ...(value === undefined ? [] : [value])];
  const where = `job ${jobId}${task === undefined ? '' : `, task "${task}"`}`;
  if (keys.size === 0) return `${where}: no task has published anything yet`;
  const missing = wanted.filter((key) => !keys.has(key));
  if (missing.length === 0)
    return `${where}: no task has ${wanted.join(', ')} together; \`easel results ${jobId}\` shows which task has what`;
  const meant = missing.flatMap((key) => nearest(key, [...keys]) ?? []);
  const hint =
    meant.length > 0 ? `did you mean ${meant.join(', ')}?` : `there are: ${[...keys].sort().join(', ')}`;
  return `${where}: nothing is called ${missing.join(', ')}; ${hint}`;
}
