/** `easel images`: which images of workers there are, and building them. */
import type { Command } from 'commander';
import type { CommandContext } from '../../core/cli/context.ts';
import { type Cell, renderTable } from '../../core/cli/table.ts';
import { formatBytes, formatDuration, formatInstant } from '../../core/words/format.ts';
import { checkEngine, type Engine, explained, openEngine } from '../deployment/docker/api.ts';
import { type BuiltImage, readBuilt } from '../deployment/images/built.ts';
import { BASE, chooseImages, findImages, type Image } from '../deployment/images/catalogue.ts';
import { sourceRevision } from '../deployment/images/labels.ts';

interface BuildOptions {
  readonly base?: string;
  readonly json?: boolean;
}

export function registerImages(program: Command, context: CommandContext): void {
  const images = program
    .command('images')
    .description('See to the images in which workers run in containers: which there are, and building them.')
    .addHelpText('after', '\nExamples:\n  easel images\n  easel images build');
  images
    .command('list', { isDefault: true })
    .description('List the images: for which classes of workers each is, and what was built when.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  easel images list')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const found = findImages(context.settings(command).home);
      print(context, { json, rows: await withEngine(context, (engine) => readRows(engine, found)) });
    });
  images
    .command('build')
    .description(
      'Build images. `base` is built with any of them: it holds Easel as it runs here, with all that it needs, and the others are made from it.',
    )
    .argument('[name...]', 'which ones; all unless given')
    .option('--base <image>', 'what `base` is made from: Debian with Node 24 (setting containers.base_image)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  easel images build\n  easel images build python --base easel-local/debian',
    )
    .action(async (names: string[], options: BuildOptions, command: Command) => {
      const { home, containers } = context.settings(command);
      const catalogue = findImages(home);
      const asked = names.length === 0 ? [] : [BASE, ...names];
      const chosen = chooseImages(catalogue, asked);
      const baseImage = options.base ?? containers.base_image;
      const rows = await withEngine(context, async (engine) => {
        await build(context, { engine, images: chosen, baseImage });
        return await readRows(engine, chosen);
      });
      print(context, { json: options.json, rows });
    });
}

interface Build {
  readonly engine: Engine;
  readonly images: readonly Image[];
  readonly baseImage: string;
}

async function build(context: CommandContext, { engine, images, baseImage }: Build): Promise<void> {
  const { buildImage } = await import('../deployment/images/build.ts'); // no other command needs it loaded
  const signal = context.stopSignal();
  const easelBase = images.find(({ name }) => name === BASE)?.tag ?? '';
  if (sourceRevision() === '')
    context.remark('the commit that this Easel is made from is not known: the images do not say it');
  for (const image of images) {
    const startedAt = performance.now();
    const onLine = (line: string) => context.remark(`${image.name}: ${line}`);
    await buildImage(engine, image, {
      ...{ baseImage, easelBase, signal, onLine },
      environment: context.environment,
    });
    context.remark(`${image.name}: built in ${formatDuration(performance.now() - startedAt)}`);
  }
}

async function withEngine<T>(
  { environment }: CommandContext,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openEngine(environment);
  await checkEngine(engine, environment);
  return await explained(environment, () => work(engine));
}

interface Row {
  readonly image: Image;
  readonly built: BuiltImage | null;
}

async function readRows(engine: Engine, images: readonly Image[]): Promise<Row[]> {
  return await Promise.all(images.map(async (image) => ({ image, built: await readBuilt(engine, image) })));
}

const COLUMNS = [
  ...[{ title: 'IMAGE' }, { title: 'CLASSES' }, { title: 'TAG' }, { title: 'BUILT' }],
  ...[{ title: 'SIZE', right: true }, { title: 'COMMIT' }],
];

function print(
  context: CommandContext,
  { json, rows }: { json: boolean | undefined; rows: readonly Row[] },
): void {
  if (json === true) context.printJson(rows.map(toJson));
  else for (const line of renderTable(COLUMNS, rows.map(toCells))) context.print(line);
}

function toCells({ image: { name, workerClasses, tag }, built }: Row): Cell[] {
  const cells = [name, workerClasses.join(' '), tag];
  if (built === null) return [...cells, 'not built', '-', '-'];
  return [...cells, formatInstant(built.builtAt), formatBytes(built.bytes), shorten(built.revision)];
}

const shorten = (revision: string) => revision.replace(/^([0-9a-f]{12})[0-9a-f]*/, '$1') || 'not known';

function toJson({ image, built }: Row) {
  return {
    name: image.name,
    worker_classes: image.workerClasses,
    task_types: image.taskTypes,
    tag: image.tag,
    built: built && {
      id: built.id,
      at: built.builtAt,
      bytes: built.bytes,
      version: built.version,
      revision: built.revision,
    },
  };
}
