/**
 * What a person names to be plotted: the address of a product, the number of a version, or the path of a file. A path below the
 * output area is the product of that address, so that what the shell completes has its metadata too.
 */
import { existsSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { Reader } from '../../../core/db/transaction.ts';
import { nearest } from '../../../core/job-file/problem.ts';
import type { Metadata } from '../../../core/light-curve/light-curve.ts';
import { EaselError } from '../../../core/model/errors.ts';
import { toPlain } from '../../../core/model/values.ts';
import { type Areas, versionsDirectory } from '../../../core/runtime/areas.ts';
import {
  findProduct,
  findVersion,
  neighboursOf,
  type ProductView,
} from '../../../core/store/product-views.ts';

export interface Plotted {
  readonly path: string;
  /** For titles and messages. */
  readonly name: string;
  readonly metadata: Metadata;
  /** Undefined for a file that is no product. */
  readonly product: ProductView | undefined;
}

/** A path that can be nothing else: no database is needed for it. */
export function plainFile(named: string, areas: Areas): Plotted | undefined {
  const isPath = named.startsWith('/') || named.startsWith('./') || named.startsWith('../');
  return isPath && addressBelow(areas, named) === undefined ? asFile(named) : undefined;
}

export async function findPlotted(
  reader: Reader,
  areas: Areas,
  { named, jobId }: { readonly named: string; readonly jobId: number | undefined },
): Promise<Plotted> {
  const address = addressBelow(areas, named) ?? named;
  const product = (await findProduct(reader, address, jobId)) ?? (await versionNumbered(reader, named));
  if (product !== undefined) return asProduct(product, areas);
  if (jobId === undefined && existsSync(named)) return asFile(named);
  throw new EaselError('not_found', await explainUnknown(reader, address, jobId));
}

function asFile(named: string): Plotted {
  if (!existsSync(named)) throw new EaselError('not_found', `there is no file ${named}`);
  return { path: named, name: named, metadata: {}, product: undefined };
}

function asProduct(product: ProductView, areas: Areas): Plotted {
  const path = join(versionsDirectory(areas), product.file);
  if (!existsSync(path))
    throw new EaselError(
      'not_found',
      `the file of "${product.address}", ${path}, is missing; \`easel doctor\` says more`,
    );
  const metadata = toPlain(product.metadata) as Metadata;
  return { path, name: product.address, metadata, product };
}

async function versionNumbered(reader: Reader, named: string): Promise<ProductView | undefined> {
  return /^[1-9]\d{0,14}$/.test(named) ? await findVersion(reader, Number(named)) : undefined;
}

function addressBelow({ output }: Areas, named: string): string | undefined {
  const way = relative(resolve(output), resolve(named));
  const isBelow = way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith('.easel');
  return isBelow ? way.split(sep).join('/') : undefined;
}

async function explainUnknown(reader: Reader, address: string, jobId: number | undefined): Promise<string> {
  const known = await neighboursOf(reader, address);
  const sameName = known.find((each) => each.endsWith(`/${address}`));
  const near = sameName ?? nearest(address, known);
  const where = jobId === undefined ? '' : ` of job ${jobId}`;
  if (jobId !== undefined && known.includes(address))
    return `job ${jobId} has no product "${address}" that passed quality control, but another job has`;
  const meant = near === undefined ? '' : `; did you mean "${near}"?`;
  const hint = meant === '' ? '; products are named by their path below the output area' : meant;
  return `there is no product "${address}"${where} and no such file${hint}`;
}
