/**
 * Which keys of `metadata` and `requested_metadata` an expression reads, found in its source without evaluating it.
 * `open` says that it may read others too, because it passes the dict on or computes a key.
 */
export type MetadataName = 'metadata' | 'requested_metadata';

export interface KeysRead {
  /** With the place of the name in the source. */
  readonly keys: readonly { readonly key: string; readonly at: number }[];
  readonly open: boolean;
}

/** Strings are matched, so that what stands inside one is not taken for a name. */
const TOKENS =
  /(?<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<![\w.])(?<name>metadata|requested_metadata)\b(?:\s*\[\s*(?:'(?<single>[^'\\]*)'|"(?<double>[^"\\]*)")\s*\]|\s*\.\s*(?<attribute>[A-Za-z_]\w*)(?!\w|\s*\())?/gs;

/** The one common way to pass all of `metadata`: then only the fields of the format string are read. */
const FORMAT = /^\s*\(*\s*(?:'([^'"\\]*)'|"([^'"\\]*)")\s*\.\s*format\s*\(\s*\*\*\s*metadata\s*\)\s*\)*\s*$/;

export function keysRead(source: string, name: MetadataName): KeysRead {
  const format = FORMAT.exec(source);
  if (format !== null)
    return { keys: name === 'metadata' ? fieldsOf(format[1] ?? format[2] ?? '') : [], open: false };
  const keys: { key: string; at: number }[] = [];
  let open = false;
  for (const match of source.matchAll(TOKENS)) {
    const found = match.groups ?? {};
    if (found.name !== name) continue;
    const key = found.single ?? found.double ?? found.attribute;
    if (key === undefined) open = true;
    else keys.push({ key, at: match.index });
  }
  return { keys, open };
}

/** Names of the replacement fields, those inside format specs too: `{x:{width}}`. */
function fieldsOf(format: string): { key: string; at: number }[] {
  return [...format.matchAll(/\{([A-Za-z_]\w*)/g)].map((match) => ({ key: match[1] ?? '', at: match.index }));
}
