/** "Did you mean": the known name nearest to one that is not known, and short lists of what there is. */
import { distance } from 'fastest-levenshtein';

const COMPARED = 1000;
const LISTED = 10;
const LONGEST = 100;

/** `; did you mean 'x'?`, or nothing when no known name is near. */
export function suggest(name: string, known: Iterable<string>): string {
  if (name.length > LONGEST) return '';
  let best: string | undefined;
  let least = (name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3))) + 1;
  let compared = 0;
  for (const candidate of known) {
    compared += 1;
    if (compared > COMPARED) break;
    if (candidate.length > LONGEST || candidate === name) continue;
    const away = distance(name.toLowerCase(), candidate.toLowerCase());
    if (away < least) [best, least] = [candidate, away];
  }
  return best === undefined ? '' : `; did you mean '${best}'?`;
}

/** `a, b and 3 more`. */
export function listNames(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  const shown = names
    .slice(0, LISTED)
    .map((name) => (name.length > LONGEST ? `${name.slice(0, 97)}...` : name));
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
