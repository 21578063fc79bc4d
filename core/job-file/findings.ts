/**
 * What the checks find. Checks say where by path; line, column and the suggestion are worked out at the end,
 * and for no more findings than anyone will read.
 */
import { nearest, type Path, type Problem, renderPath } from './problem.ts';
import type { Part, Source } from './source.ts';

const MAX_FINDINGS = 1000;
/** Comparisons of words, all suggestions together. */
const MAX_COMPARISONS = 300_000;

export interface Finding {
  readonly path: Path;
  readonly message: string;
  /** Where to point: the member's key or its value. */
  readonly part?: Part;
  /** Character of the string at `path`. */
  readonly index?: number;
  /** The names that could have been meant by `word`. */
  readonly near?: { readonly word: string; readonly among: readonly string[] };
}

export class Findings {
  readonly #errors: Finding[] = [];
  readonly #warnings: Finding[] = [];
  #unlisted = 0;
  #comparisons = 0;

  error(finding: Finding): void {
    if (this.#errors.length < MAX_FINDINGS) this.#errors.push(finding);
    else this.#unlisted += 1;
  }

  warn(finding: Finding): void {
    if (this.#warnings.length < MAX_FINDINGS) this.#warnings.push(finding);
  }

  get failed(): boolean {
    return this.#errors.length > 0;
  }

  /** In the order of the file. */
  errors(source: Source): Problem[] {
    const problems = this.#place(this.#errors, source);
    if (this.#unlisted === 0) return problems;
    return [
      ...problems,
      { line: 1, column: 1, path: '$', message: `${this.#unlisted} more errors are not listed` },
    ];
  }

  warnings(source: Source): Problem[] {
    return this.#place(this.#warnings, source);
  }

  #place(findings: readonly Finding[], source: Source): Problem[] {
    return findings
      .map((finding) => ({ finding, offset: offsetOf(finding, source) }))
      .sort((a, b) => a.offset - b.offset)
      .map(({ finding, offset }) => {
        const suggestion = this.#suggest(finding);
        const problem = {
          ...source.position(offset),
          path: renderPath(finding.path),
          message: finding.message,
        };
        return suggestion === undefined ? problem : { ...problem, suggestion };
      });
  }

  #suggest({ near }: Finding): string | undefined {
    if (near === undefined || this.#comparisons + near.among.length > MAX_COMPARISONS) return undefined;
    this.#comparisons += near.among.length;
    return nearest(near.word, near.among);
  }
}

function offsetOf({ path, part = 'value', index }: Finding, source: Source): number {
  return index === undefined ? source.offsetOf(path, part) : source.offsetInString(path, part, index);
}
