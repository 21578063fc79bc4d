/** `easel results`: what the tasks of a job have published, in rows, each with the loop variables that it ran under. */
import { type Command, Option } from 'commander';
import { readCount, readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { csvField } from '../../core/cli/csv.ts';
import { paint } from '../../core/cli/style.ts';
import { renderTable } from '../../core/cli/table.ts';
import type { Database } from '../../core/db/open.ts';
import { reading } from '../../core/db/transaction.ts';
import { nearest } from '../../core/job-file/problem.ts';
import { EaselError } from '../../core/model/errors.ts';
import { dict, toJson, type Value } from '../../core/model/values.ts';
import { viewJob } from '../../core/store/job-views.ts';
import { columnsOf, lookUp, type Result, readResults } from '../../core/store/results.ts';
import { formatCount } from '../../core/words/format.ts';
import { printable } from '../../core/words/text.ts';

const FORMATS = ['table', 'csv', 'json'] as const;

interface Options {
  readonly columns?: string[];
  readonly task?: string;
  readonly format: (typeof FORMATS)[number];
  readonly limit: number;
}

export function registerResults(program: Command, context: CommandContext): void {
  program
    .command('results')
    .description('List what the tasks of a job have published, with the loop variables that each ran under.')
    .argument('<job>', 'id of the job', readId)
    .option('--columns <keys>', 'only these, in this order, separated by commas', readColumns)
    .option('--task <name>', 'only tasks of this name or type')
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default('table'))
    .option('--limit <n>', 'table: at most so many rows of each task', readCount, 50)
    .addHelpText(
      'after',
      '\nExample:\n  easel results 1 --task search\n  easel results 1 --columns planet_radius,orbital_period,outcome --format csv > results.csv',
    )
    .action(async (job: number, options: Options, command: Command) => {
      await context.using(command, async ({ database }) => {
        await viewJob(reading(database), job); // says so when there is none
        const listing = { database, job, ...options };
        if (options.format === 'table') await printTables(context, listing);
        else if (options.format === 'csv') await printCsv(context, listing);
        else await printJson(context, listing);
      });
    });
}

interface Listing extends Options {
  readonly database: Database;
  readonly job: number;
}

interface Section {
  readonly keys: Set<string>;
  readonly rows: Result[];
  count: number;
}

/** A table for each kind of task: what one publishes another does not. */
async function printTables(context: CommandContext, listing: Listing): Promise<void> {
  const { job, columns, limit } = listing;
  const sections = new Map<string, Section>();
  for await (const result of wanted(listing)) {
    const title = result.name === result.type ? result.name : `${result.name} (${result.type})`;
    const section = sections.get(title) ?? { keys: new Set(), rows: [], count: 0 };
    sections.set(title, section);
    section.count++;
    if (section.rows.length >= limit) continue;
    section.rows.push(result);
    for (const key of columnsOf(result)) section.keys.add(key);
  }
  if (sections.size === 0) return context.print(`no task of job ${job} has published anything`);
  let isFirst = true;
  for (const [title, { keys, rows, count }] of sections) {
    const shown = columns ?? [...keys];
    context.print(`${isFirst ? '' : '\n'}${paint('bold', printable(title))}`);
    isFirst = false;
    const heads = [
      { title: 'TASK', right: true },
      ...shown.map((key) => ({ title: key, right: isOfNumbers(rows, key) })),
    ];
    const cells = rows.map((row) => [row.task_id, ...shown.map((key) => shortText(lookUp(row, key)))]);
    for (const line of renderTable(heads, cells)) context.print(line);
    if (count > rows.length)
      context.print(
        `... and ${formatCount(count - rows.length)} more (--limit ${count}, or --format csv for all)`,
      );
  }
}

/** Twice through the rows: the first line must know all columns, and the rows may be too many to keep. */
async function printCsv(context: CommandContext, listing: Listing): Promise<void> {
  const keys = listing.columns ?? (await allKeys(listing));
  context.print(['task_id', 'task', ...keys].map(csvField).join(','));
  for await (const result of wanted(listing)) {
    const values = keys.map((key) => csvField(textOf(lookUp(result, key))));
    context.print([result.task_id, csvField(result.name), ...values].join(','));
  }
}

async function printJson(context: CommandContext, listing: Listing): Promise<void> {
  let before = '[';
  for await (const result of wanted(listing)) {
    const keys = listing.columns ?? columnsOf(result);
    const fields = keys.map((key) => `${JSON.stringify(key)}:${toJson(lookUp(result, key) ?? null)}`);
    const { task_id, name, type } = result;
    const head = `"task_id":${task_id},"task":${JSON.stringify(name)},"type":${JSON.stringify(type)}`;
    context.print(`${before}{${head},"values":{${fields.join(',')}}}`);
    before = ',';
  }
  context.print(before === '[' ? '[]' : ']');
}

/** Of the columns that a task has not inherited it must have published one: otherwise every task of a loop would have a row. */
function answers(result: Result, columns: readonly string[]): boolean {
  const own = columns.filter((key) => lookUp({ ...result, published: dict() }, key) === undefined);
  return own.length === 0 || own.some((key) => key in result.published);
}

async function* wanted({ database, job, task, columns }: Listing): AsyncGenerator<Result> {
  const known = new Set<string>();
  let found = false;
  for await (const result of readResults(database, job, task)) {
    for (const key of columnsOf(result)) known.add(key);
    const isWanted = columns === undefined || answers(result, columns);
    if (!isWanted) continue;
    found = true;
    yield result;
  }
  if (!found && (columns !== undefined || task !== undefined) && known.size > 0)
    throw unknownColumns(columns, known);
  if (!found && task !== undefined)
    throw new EaselError(
      'not_found',
      `no task "${task}" of job ${job} has published anything; \`easel results ${job}\` shows those that have`,
    );
}

function unknownColumns(columns: readonly string[] = [], known: ReadonlySet<string>): EaselError {
  const missing = columns.filter((key) => !known.has(key));
  const meant = missing.flatMap((key) => nearest(key, [...known]) ?? []);
  const hint =
    meant.length > 0 ? `did you mean ${meant.join(', ')}?` : `there are: ${[...known].sort().join(', ')}`;
  return new EaselError('not_found', printable(`no task has published ${missing.join(', ')}; ${hint}`));
}

async function allKeys(listing: Listing): Promise<string[]> {
  const keys = new Set<string>();
  for await (const result of wanted(listing)) for (const key of columnsOf(result)) keys.add(key);
  return [...keys];
}

function textOf(value: Value | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : toJson(value);
}

/** For people: six digits. */
function shortText(value: Value | undefined): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : textOf(value);
}

function isOfNumbers(rows: readonly Result[], key: string): boolean {
  return rows.every((row) => ['number', 'bigint', 'undefined'].includes(typeof lookUp(row, key)));
}

function readColumns(value: string): string[] {
  return value
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
}
