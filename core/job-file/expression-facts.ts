/** What the checks ask of expressions, each source compiled once: whether it compiles, its shape, what it reads. */

import { compileExpression, ExpressionError, isExpression } from '../model/expression/expression.ts';
import { keysRead } from '../model/expression-keys.ts';
import type { Shape } from '../model/shape.ts';

export interface Facts {
  /** Why it does not compile. */
  readonly fault?: { readonly reason: string; readonly offset: number };
  readonly shape: Shape;
  /** Keys of `requested_metadata` it names, with their places in the source. */
  readonly requested: readonly { readonly key: string; readonly at: number }[];
}

export class ExpressionFacts {
  readonly #facts = new Map<string, Facts>();

  /** Nothing is said of a text that is no expression. */
  of(text: string): Facts {
    if (!isExpression(text)) return { shape: [text], requested: [] };
    const known = this.#facts.get(text);
    if (known !== undefined) return known;
    const facts = examine(text);
    this.#facts.set(text, facts);
    return facts;
  }
}

function examine(text: string): Facts {
  try {
    const { uses, shape } = compileExpression(text);
    const requested = uses.has('requested_metadata') ? keysRead(text, 'requested_metadata').keys : [];
    return { shape, requested };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { fault: { reason: error.reason, offset: error.offset }, shape: [null], requested: [] };
  }
}
