/** Files that people name on the command line. */
import { readFileSync } from 'node:fs';
import { EaselError } from '../model/errors.ts';

/** `-` is standard input. */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new EaselError(
      'usage',
      `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
