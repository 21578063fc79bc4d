/**
 * The error people see when an expression is wrong: why, where in it, and the source with a caret below the place.
 * The offset always lies inside the source (0 when the source is empty).
 */
import { EaselError } from '../errors.ts';
import type { FaultKind } from './fault.ts';

interface ExpressionFailure {
  /** As Python would say it: `KeyError: 'x' (metadata has: a, b)`. */
  readonly reason: string;
  readonly source: string;
  /** 0-based, in UTF-16 units of `source`. */
  readonly offset: number;
  readonly kind: FaultKind;
  /** JSON path of the expression in the value it stands in, when there is one. */
  readonly path?: string | undefined;
}

const SHOWN_BEFORE = 60;
const SHOWN = 100;

export class ExpressionError extends EaselError {
  readonly reason: string;
  readonly source: string;
  readonly offset: number;
  readonly kind: FaultKind;
  readonly path: string | undefined;

  constructor(failure: ExpressionFailure, options?: ErrorOptions) {
    const offset = Math.max(0, Math.min(failure.offset, failure.source.length - 1));
    super('task', describe(failure, offset), options);
    this.name = 'ExpressionError';
    this.reason = failure.reason;
    this.source = failure.source;
    this.offset = offset;
    this.kind = failure.kind;
    this.path = failure.path;
  }

  /** The same error, saying where in a larger value the expression stands. */
  atPath(path: string): ExpressionError {
    const { reason, source, offset, kind } = this;
    return new ExpressionError({ reason, source, offset, kind, path }, { cause: this.cause });
  }
}

function describe({ reason, source, path }: ExpressionFailure, offset: number): string {
  const place = path === undefined ? '' : ` at ${path}`;
  const from = Math.max(0, offset - SHOWN_BEFORE);
  const to = Math.min(source.length, from + SHOWN);
  const lead = from > 0 ? '…' : '';
  const tail = to < source.length ? '…' : '';
  const shown = `${lead}${printable(source.slice(from, to))}${tail}`;
  const caret = ' '.repeat(lead.length + offset - from);
  return `${reason}${place}, character ${offset + 1} of the expression\n  ${shown}\n  ${caret}^`;
}

/** Control characters, line ends among them, would move the caret off its place. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => ' '.repeat(character.length));
}
