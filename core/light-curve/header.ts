/**
 * The metadata in a light curve's own text: comment lines `# key=value` (or `# #key=value`, as the PLATO files
 * have it). Values that read as a number or as true or false become that, anything else stays text.
 * The keys come from files that anybody may have written: the dict has no prototype, and is bounded.
 */
import { EaselError } from '../model/errors.ts';
import type { Metadata } from './light-curve.ts';

const ENTRY = /^#[\s#]*([A-Za-z_][\w.-]{0,127})\s*=\s*(.{0,4096}?)\s*$/u;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const MAX_ENTRIES = 1000;

export function emptyHeader(): Metadata {
  return Object.create(null);
}

/** Adds the entry of a comment line, when it is one. */
export function addHeaderLine(header: Metadata, line: string): void {
  const [, key, text] = ENTRY.exec(line) ?? [];
  if (key === undefined || text === undefined) return;
  if (!(key in header) && Object.keys(header).length >= MAX_ENTRIES) {
    throw new EaselError('task', `the header has more than ${MAX_ENTRIES} entries`);
  }
  header[key] = parseValue(text);
}

/** The lines for a header; entries that are no number, text or boolean have no line. */
export function headerText(header: Metadata): string {
  return Object.entries(header)
    .filter(([key, value]) => ENTRY.test(`# ${key}=`) && value !== null && typeof value !== 'object')
    .map(([key, value]) => `# ${key}=${String(value).replace(/\s+/g, ' ')}\n`)
    .join('');
}

function parseValue(text: string): number | string | boolean {
  if (NUMBER.test(text) && Number.isFinite(Number(text))) return Number(text);
  if (/^true$/i.test(text)) return true;
  return /^false$/i.test(text) ? false : text;
}
