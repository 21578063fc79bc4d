/**
 * Globs in the names of inputs: `*` and `?` stay within one directory, `[a-z]` and `[!a-z]` are one character.
 *
 * The regular expression made of a glob takes time proportional to the text, whatever the glob: between two
 * stars the first place that fits is as good as any other, so that nothing is ever tried twice.
 */
import { EaselError } from './errors.ts';
import type { Shape } from './shape.ts';

type Token = { readonly star: true } | { readonly one: string; readonly literal?: string };

export function isGlob(name: string): boolean {
  return /[*?]|\[!?[^/][^\]/]*\]/.test(name);
}

/** Anchored at both ends. Throws EaselError `job_file` on a range such as `[z-a]`. */
export function globToRegExp(glob: string): RegExp {
  let groups = 0;
  const components = glob.split('/').map((component) => {
    const runs = splitAtStars(tokenise(component));
    const last = runs.length - 1;
    return runs
      .map((run, at) => {
        if (at === 0) return run;
        if (at === last) return `[^/]*${run}(?=/|$)`;
        groups += 1;
        return `(?=([^/]*?${run}))\\${groups}`; // a look-ahead is never re-entered: the first fit stands
      })
      .join('');
  });
  return new RegExp(`^${components.join('/')}$`, 'u');
}

/** The characters before the first special one: what an index can be asked for. */
export function globPrefix(glob: string): string {
  const [first] = globShape(glob);
  return first ?? '';
}

export function globShape(glob: string): Shape {
  const shape: (string | null)[] = [];
  for (const token of tokenise(glob)) {
    const part = 'star' in token ? null : (token.literal ?? null);
    const before = shape.at(-1);
    if (part === null) {
      if (before !== null) shape.push(null);
    } else if (typeof before === 'string') shape[shape.length - 1] = before + part;
    else shape.push(part);
  }
  return shape;
}

function tokenise(glob: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /(\*+)|(\?)|\[(!?)([^/][^\]/]*)\]|(.)/gsu;
  for (const [, star, any, not, set, literal] of glob.matchAll(pattern)) {
    if (star !== undefined) tokens.push({ star: true });
    else if (any !== undefined) tokens.push({ one: '[^/]' });
    else if (set !== undefined) tokens.push({ one: `(?!/)[${not === '!' ? '^' : ''}${classOf(set)}]` });
    else if (literal !== undefined) tokens.push({ one: escapeCharacter(literal), literal });
  }
  return tokens;
}

function splitAtStars(tokens: readonly Token[]): string[] {
  const runs = [''];
  for (const token of tokens) {
    if ('star' in token) runs.push('');
    else runs[runs.length - 1] += token.one;
  }
  return runs;
}

/** `a-z0-9_` with everything but the range's own dash escaped. */
function classOf(set: string): string {
  return set.replace(/(.)-(.)|(.)/gsu, (all: string, from?: string, to?: string, one?: string) => {
    if (from === undefined || to === undefined) return escapeInClass(one ?? '');
    if ((from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0)) {
      throw new EaselError('job_file', `the range ${all} in [${set}] is the wrong way round`);
    }
    return `${escapeInClass(from)}-${escapeInClass(to)}`;
  });
}

function escapeInClass(character: string): string {
  return character === '-' ? '\\-' : escapeCharacter(character);
}

function escapeCharacter(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
}
