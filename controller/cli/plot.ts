/** `easel plot`: a picture of a product, of a file, or of the results of a job. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readId } from '../../core/cli/arguments.ts';
import type { CommandContext } from '../../core/cli/context.ts';
import { reading } from '../../core/db/transaction.ts';
import { EaselError } from '../../core/model/errors.ts';
import { DEFAULT_PICTURE, type PictureOptions } from '../../core/plot/chart.ts';
import { THEMES, type Theme } from '../../core/plot/theme.ts';
import { viewJob } from '../../core/store/job-views.ts';
import { readersOf } from '../../core/store/product-views.ts';
import { findPlotted, type Plotted, plainFile } from './plot/find-product.ts';
import { KINDS, type Kind, type ProductPlot, plotProduct } from './plot/plot-product.ts';
import { plotResults } from './plot/plot-results.ts';
import { checkTarget, writePicture } from './plot/write-picture.ts';

interface Options {
  readonly output?: string;
  readonly kind?: Kind;
  readonly period?: number;
  readonly t0?: number;
  readonly window?: number;
  readonly job?: number;
  readonly x?: string;
  readonly y?: string;
  readonly value?: string;
  readonly task?: string;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly theme: Theme;
}

const SIDE = { least: 240, most: 8_000 };
const MOST_SCALE = 8;
const MOST_PIXELS = 64e6;

export function registerPlot(program: Command, context: CommandContext): void {
  program
    .command('plot')
    .description(
      'Draw a light curve, a folded light curve or a spectrum, or the results of a job, as SVG or PNG.',
    )
    .argument('[product]', 'address of a product, number of a version, or path of a file')
    .option('-o, --output <file>', 'where the picture goes: .svg or .png; without it, SVG to stdout')
    .addOption(new Option('--kind <kind>', 'what to draw; otherwise what the file holds').choices(KINDS))
    .option(
      '--period <days>',
      'for folded: the period; otherwise that of its metadata or of a search',
      readDays,
    )
    .option('--t0 <days>', 'for folded: the middle of a transit', readNumber)
    .option('--window <days>', 'for folded: so much on each side of the transit', readDays)
    .option('--job <id>', "the product of this job; with --x and --y, the job's results", readId)
    .option('--x <key>', 'results: metadata or loop variable that goes to the right')
    .option('--y <key>', 'results: metadata or loop variable that goes up')
    .option('--value <key>', 'results: a map of this over x and y')
    .option('--task <name>', 'results: only tasks of this name or type')
    .option('--width <px>', 'width of the picture', readSide, DEFAULT_PICTURE.width)
    .option('--height <px>', 'height of the picture', readSide, DEFAULT_PICTURE.height)
    .option('--scale <n>', 'PNG: pixels in each direction for one of the picture', readScale, 2)
    .addOption(
      new Option('--theme <theme>', 'auto: as the reader of an SVG has it').choices(THEMES).default('auto'),
    )
    .addHelpText(
      'after',
      [
        '\nExample:',
        '  easel plot planet-search/star_00.lc.gz -o curve.svg',
        '  easel plot planet-search/star_00.lc.gz --kind folded -o folded.png',
        '  easel plot ./curve.lc.gz --kind folded --period 3.7 -o folded.svg',
        '  easel plot --job 1 --x orbital_period --y planet_radius --value outcome -o found.svg',
      ].join('\n'),
    )
    .action(async (product: string | undefined, options: Options, command: Command) => {
      checkTarget(options.output);
      const { output, scale, width, height, theme } = options;
      if (width * height * scale ** 2 > MOST_PIXELS)
        throw new EaselError(
          'usage',
          `a picture of ${width * scale} x ${height * scale} pixels is too large`,
        );
      const picture = { width, height, theme };
      const svg =
        product === undefined
          ? await results(context, command, { options, picture })
          : await ofProduct(context, command, { named: product, options, picture });
      await writePicture(context, svg, { output, scale });
    });
}

interface Asked {
  readonly options: Options;
  readonly picture: PictureOptions;
}

async function results(
  context: CommandContext,
  command: Command,
  { options, picture }: Asked,
): Promise<string> {
  const { job, x, y, value, task } = options;
  if (job === undefined || x === undefined || y === undefined)
    throw new EaselError(
      'usage',
      'name a product, or a job with two keys of its results: `easel plot --job 1 --x orbital_period --y mes -o picture.svg`',
    );
  return await context.using(command, async ({ database, registry }) => {
    await viewJob(reading(database), job); // says so when there is none
    const remark = (text: string) => context.remark(text);
    return await plotResults(database, registry, { jobId: job, x, y, value, task, picture, remark });
  });
}

async function ofProduct(
  context: CommandContext,
  command: Command,
  { named, options, picture }: Asked & { readonly named: string },
): Promise<string> {
  const { period, t0, window, job, x, y, value } = options;
  const isFolding = [period, t0, window].some((each) => each !== undefined);
  const kind = options.kind ?? (isFolding ? 'folded' : undefined);
  if (isFolding && kind !== 'folded')
    throw new EaselError('usage', `--period, --t0 and --window are for --kind folded, not ${kind}`);
  if (x !== undefined || y !== undefined || value !== undefined)
    throw new EaselError('usage', '--x, --y and --value are for the results of a job: leave the product out');
  const plot = (plotted: Plotted, readers: ProductPlot['readers']) => {
    const remark = (text: string) => context.remark(text);
    return plotProduct({ plotted, kind, period, t0, window, picture, readers, remark });
  };
  const { input_area, output_area } = context.settings(command);
  const file = plainFile(named, { input: input_area, output: output_area });
  if (file !== undefined) return await plot(file, async () => []);
  return await context.using(command, async ({ database, areas }) => {
    const reader = reading(database);
    const plotted = await findPlotted(reader, areas, { named, jobId: job });
    const { product } = plotted;
    return await plot(plotted, async () => (product === undefined ? [] : await readersOf(reader, product)));
  });
}

function readNumber(value: string): number {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) throw new InvalidArgumentError('expected a number of days');
  return number;
}

function readDays(value: string): number {
  const days = readNumber(value);
  if (days <= 0) throw new InvalidArgumentError('expected a number of days above 0');
  return days;
}

function readSide(value: string): number {
  const side = Number(value);
  if (!Number.isSafeInteger(side) || side < SIDE.least || side > SIDE.most)
    throw new InvalidArgumentError(`expected a whole number from ${SIDE.least} to ${SIDE.most}`);
  return side;
}

function readScale(value: string): number {
  const scale = Number(value);
  if (!(scale > 0 && scale <= MOST_SCALE))
    throw new InvalidArgumentError(`expected a number up to ${MOST_SCALE}`);
  return scale;
}
