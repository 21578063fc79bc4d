/** What is wrong with a job file, in words and positions, and the error that carries all of it at once. */
import { closest, distance } from 'fastest-levenshtein';
import { EaselError } from '../model/errors.ts';

/** JSON path in parts: `['task_list', 2, 'inputs']`. */
export type Path = readonly (string | number)[];

export interface Problem {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
  /** `$.task_list[2].inputs.lightcurve` */
  readonly path: string;
  readonly message: string;
  /** The key, type or name that was meant, as far as one can tell. */
  readonly suggestion?: string;
}

export class JobFileError extends EaselError {
  readonly fileName: string;
  readonly problems: readonly Problem[];

  constructor(fileName: string, problems: readonly Problem[]) {
    super('job_file', problems.map((each) => renderProblem(fileName, each)).join('\n'));
    this.name = 'JobFileError';
    this.fileName = fileName;
    this.problems = problems;
  }
}

/** `file:line:column: $.path: what is wrong (did you mean "x"?)` */
export function renderProblem(fileName: string, problem: Problem): string {
  const hint =
    problem.suggestion === undefined ? '' : ` (did you mean ${JSON.stringify(problem.suggestion)}?)`;
  return `${fileName}:${problem.line}:${problem.column}: ${problem.path}: ${problem.message}${hint}`;
}

export function renderPath(path: Path): string {
  const parts = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`;
    return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(part) ? `.${part}` : `[${quote(part)}]`;
  });
  return `$${parts.join('')}`;
}

/** Text of a file in a message: quoted, control characters escaped, cut to a readable length. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

const MAX_WORD = 100;

/** The one of `names` that `word` is a slip of, if any is near enough. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length > MAX_WORD || names.length === 0) return undefined;
  const best = closest(word, names);
  const allowed = Math.max(1, Math.floor(Math.max(word.length, best.length) / 3));
  if (best !== word && distance(word, best) <= allowed) return best;
  const other = names.filter((each) => word.length >= 4 && (each.startsWith(word) || word.startsWith(each)));
  return other.length === 1 ? other[0] : undefined;
}
