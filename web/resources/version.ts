/** One version of a product: what it is, the beginning of its content, where it came from and what was made of it. */
import { z } from 'zod';
import { CSV_TITLES } from '../../core/light-curve/formats.ts';
import { EaselError } from '../../core/model/errors.ts';
import { type Preview, readPreview } from '../../core/runtime/previews.ts';
import { openVersion } from '../../core/runtime/version-file.ts';
import { readLineage } from '../../core/store/lineage.ts';
import { readVersion, type VersionView } from '../../core/store/version-views.ts';
import { graphAnswer, list } from '../answers.ts';
import type { WebParts } from '../parts.ts';
import { defineResource, id } from '../resource.ts';
import { versionAnswer } from './products.ts';

const PREVIEW_BYTES = 32_768;
const DEPTH = 4;
const LIGHT_CURVE_COLUMNS = CSV_TITLES.split(',').length;
const FITS_NAME = /[.]fits([.]gz)?$/i;

const table = z.object({
  titles: list(z.string()).nullable(),
  rows: list(list(z.string())),
  cut: z.boolean(),
});

const preview = z.object({
  parts: list(
    z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('text'),
        name: z.string(),
        text: z.string(),
        cut: z.boolean(),
        table: table.nullable(),
      }),
      z.object({ kind: z.literal('binary'), name: z.string() }),
    ]),
  ),
  is_archive: z.boolean(),
  cut: z.boolean(),
});

const lineage = z.object({ graph: graphAnswer, cut: z.boolean() });

export const version = defineResource({
  path: '/versions/:version',
  summary: 'One version of a product: checksum, metadata, preview, lineage',
  query: z.strictObject({ version: id }),
  answer: versionAnswer.extend({
    is_light_curve: z.boolean(),
    preview: preview.nullable(),
    unreadable: z.string().nullable().meta({ description: 'why there is no preview' }),
    made_of: lineage,
    made_from_it: lineage,
  }),
  example: { version: '1' },
  view: 'version',
  title: ({ address, version_id }) => `${address}, version ${version_id}`,
  async read(parts, { version: versionId }) {
    const { reader, definitions } = parts;
    const recorded = await readVersion(reader, versionId);
    const { file: _file, attempt_id: _attempt, ...found } = recorded;
    const content = await look(parts, recorded);
    const walk = { versionId, depth: DEPTH };
    return {
      ...found,
      ...content,
      is_light_curve: isLightCurve(content.preview, found.address),
      made_of: await readLineage(reader, definitions, { ...walk, direction: 'up' }),
      made_from_it: await readLineage(reader, definitions, { ...walk, direction: 'down' }),
    };
  },
});

/** A file that is gone or cannot be unpacked is told, with all else that is known of it. */
async function look({ installation: { areas } }: WebParts, found: VersionView) {
  try {
    await using file = await openVersion(areas, found);
    const made = await readPreview(file, { name: found.address, bytes: PREVIEW_BYTES });
    return { preview: made, unreadable: null };
  } catch (error) {
    if (!(error instanceof EaselError)) throw error;
    return { preview: null, unreadable: error.message };
  }
}

/** As far as the beginning tells: the chart says so when it is none. */
function isLightCurve(made: Preview | null, address: string): boolean {
  if (made === null || made.is_archive) return false;
  const [part] = made.parts;
  if (part?.kind === 'binary') return FITS_NAME.test(address);
  const { titles = null, rows = [] } = part?.table ?? {};
  if (titles !== null) return titles.join(',') === CSV_TITLES;
  const [first] = rows;
  return first?.length === LIGHT_CURVE_COLUMNS && first.every((field) => Number.isFinite(Number(field)));
}
