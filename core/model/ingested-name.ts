/**
 * The name of the product that is made of a file which people bring. The scheduler declares products by it
 * and the task writes them by it, so there is one rule: the base name, without the extensions below, plus the suffix.
 */

const EXTENSIONS = /(\.(csv|lcsg|txt|dat|gz))+$/i;

/** `tess/a.b.csv.gz` with `.lc.gz` gives `a.b.lc.gz`. A name that is nothing but extensions is kept. */
export function ingestedName(fileName: string, suffix: string): string {
  const base = fileName.slice(fileName.lastIndexOf('/') + 1);
  const stem = base.replace(EXTENSIONS, '');
  return `${stem === '' ? base : stem}${suffix}`;
}
