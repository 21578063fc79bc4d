/**
 * What goes wrong inside the expression language, before it is known where in the source that was.
 * A fault never leaves this folder: `expression.ts` turns it into an `ExpressionError` with position and source.
 */

export type FaultKind = 'syntax' | 'refused' | 'evaluation' | 'limit';

export class Fault extends Error {
  readonly kind: FaultKind;
  /** 0-based character in the source, when the thrower knows it better than the evaluation does. */
  readonly at: number | undefined;

  constructor(kind: FaultKind, reason: string, at?: number) {
    super(reason);
    this.kind = kind;
    this.at = at;
  }
}

/** Fails as Python would: `raise('ZeroDivisionError', 'division by zero')`. */
export function raise(exception: string, message: string): never {
  throw new Fault('evaluation', `${exception}: ${message}`);
}

/** Fails because a bound of Easel's is reached, where Python would go on. */
export function exceed(message: string): never {
  throw new Fault('limit', `LimitError: ${message}`);
}
