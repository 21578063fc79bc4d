/**
 * The files of a seeded installation: each version is another link to one of a few that are written once. An installation
 * without areas has none: its versions are rows only.
 */
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { allocateLightCurve, type LightCurve } from '../../../core/light-curve/light-curve.ts';
import { writeLightCurve } from '../../../core/light-curve/write-light-curve.ts';
import { type Areas, scratchDirectory, versionsDirectory } from '../../../core/runtime/areas.ts';

export interface SeedFile {
  /** Path below the versions area. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
}

export interface SeedFiles {
  /** @param isNewest its public name shows it */
  put(attemptId: number, address: string, isNewest: boolean): SeedFile;
}

const ATTEMPTS_PER_DIRECTORY = 1_000;
const NAME_CHARACTERS = 60;

/** Which file stands for which names. */
const MODELS = [
  [/^search_/, '-table.csv'],
  [/\.lc\.gz$/, '.lc.gz'],
  [/\.fits$/, '.fits'],
  [/\.csv$/, '.csv'],
  [/^/, '-report.txt'],
] as const;

function fileOf(attemptId: number, address: string): string {
  const shard = String(Math.floor(attemptId / ATTEMPTS_PER_DIRECTORY)).padStart(6, '0');
  return `${shard}/${attemptId}-0-${basename(address).slice(0, NAME_CHARACTERS)}`;
}

/** Rows only. */
export function noFiles(random: () => number): SeedFiles {
  const word = () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return {
    put: (attemptId, address) => ({
      file: fileOf(attemptId, address),
      size: 20_000 + Math.floor(random() * 400_000),
      sha256: word() + word() + word() + word() + word() + word() + word() + word(),
    }),
  };
}

/** @param samples of each light curve */
export async function linkedFiles(areas: Areas, samples: number): Promise<SeedFiles> {
  const models = await writeModels(areas, samples);
  const directories = new Set<string>();
  const makeDirectory = (path: string) => {
    if (directories.has(path)) return;
    mkdirSync(path, { recursive: true });
    directories.add(path);
  };
  return {
    put(attemptId, address, isNewest) {
      const model = models.find(({ names }) => names.test(basename(address)));
      if (model === undefined) throw new Error('there is no file to link');
      const file = fileOf(attemptId, address);
      const paths = [
        join(versionsDirectory(areas), file),
        ...(isNewest ? [join(areas.output, address)] : []),
      ];
      for (const path of paths) {
        makeDirectory(dirname(path));
        linkSync(model.path, path);
      }
      return { file, size: model.size, sha256: model.sha256 };
    },
  };
}

interface Model {
  readonly names: RegExp;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** The last is for all other names. */
async function writeModels(areas: Areas, samples: number): Promise<Model[]> {
  const directory = join(areas.output, '.easel', 'seed');
  for (const path of [directory, scratchDirectory(areas), areas.input]) mkdirSync(path, { recursive: true });
  const curve = makeCurve(samples);
  const header = { mes: 12.5, note: '<script>alert("header")</script>' };
  const at = (ending: string) => join(directory, `model${ending}`);
  writeFileSync(at('-report.txt'), 'A report in plain text.\n<script>alert("file")</script>\nשלום 🪐\n');
  writeFileSync(at('-table.csv'), spectrum());
  await writeLightCurve(at('.lc.gz'), curve, header, 'text');
  await writeLightCurve(at('.csv'), curve, header, 'csv');
  await writeLightCurve(at('.fits'), curve, header, 'fits');
  return MODELS.map(([names, ending]) => {
    const path = at(ending);
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    return { names, path, size: statSync(path).size, sha256 };
  });
}

/** A star with a transit every 7.7 days. */
export function makeCurve(samples: number): LightCurve {
  const curve = allocateLightCurve(samples);
  for (let row = 0; row < samples; row++) {
    const time = (row * 90) / samples;
    curve.time[row] = time;
    curve.flux[row] = 1 + 2e-4 * Math.sin(time) - (time % 7.7 < 0.2 ? 0.01 : 0);
    curve.flag[row] = row % 500 === 499 ? 1 : 0;
    curve.uncertainty[row] = 1e-4;
  }
  return curve;
}

/** A table as a search writes it. */
function spectrum(): string {
  const rows = Array.from({ length: 400 }, (_, at) => `${0.5 + at / 10},${(Math.sin(at) ** 2).toFixed(4)}`);
  return `period,power\n${rows.join('\n')}\n`;
}
