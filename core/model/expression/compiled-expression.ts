/**
 * A compiled expression: parsed once per source, evaluated any number of times. Here faults become errors that know
 * the source and the place; nothing but `ExpressionError` leaves.
 */
import type { Dict, Value } from '../values.ts';
import { compile } from './compile.ts';
import { CompileCache } from './compile-cache.ts';
import { ExpressionError } from './expression-error.ts';
import { Fault } from './fault.ts';
import { toValue } from './items.ts';
import { DEFAULT_LIMITS, type EvaluationLimits, Meter } from './limits.ts';
import { parse } from './parse.ts';
import { type Shape, shapeOfNode, UNKNOWN } from './shape.ts';
import type { FreeName, Node } from './syntax.ts';

export interface Scope {
  readonly metadata: Dict;
  readonly requestedMetadata: Dict;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface Expression {
  readonly source: string;
  /** Free names it uses; `random` when `random.random()` occurs. */
  readonly uses: ReadonlySet<FreeName>;
  /**
   * Static shape of the string it gives: literal parts, and null for parts known only at evaluation.
   * `'a{x}.gz'.format(**metadata)` -> ['a', null, '.gz']; what cannot be told -> [null].
   */
  readonly shape: Shape;
  /** Throws ExpressionError. */
  evaluate(scope: Scope, limits?: Partial<EvaluationLimits>): Value;
}

const CACHED = 1_000;
const cache = new CompileCache<Expression>(CACHED);

/** Leading whitespace is Python's: blanks, tabs and line ends. */
export function isExpression(text: string): boolean {
  return /^[ \t\f\r\n]*[('"]/.test(text);
}

/** Throws ExpressionError, of kind `syntax`, `refused` or `limit`. */
export function compileExpression(source: string): Expression {
  return cache.take(source, compileAnew);
}

/** Of a literal its only part, of an expression its shape; of an expression that is wrong, [null]. */
export function shapeOf(text: string): Shape {
  if (!isExpression(text)) return [text];
  try {
    return compileExpression(text).shape;
  } catch (error) {
    if (error instanceof ExpressionError) return UNKNOWN;
    throw error;
  }
}

function compileAnew(source: string): Expression {
  return located(source, 0, () => {
    const { root, uses } = parse(source);
    const compiled = compile(root);
    const evaluate = (scope: Scope, limits?: Partial<EvaluationLimits>): Value => {
      const meter = new Meter(limits === undefined ? DEFAULT_LIMITS : { ...DEFAULT_LIMITS, ...limits });
      const { metadata, requestedMetadata, random } = scope;
      return located(source, meter, () => {
        return toValue(compiled({ metadata, requestedMetadata, random, meter }), meter);
      });
    };
    return { source, uses, shape: staticShape(root, uses, evaluate), evaluate };
  });
}

/** Faults become errors that know the source, and the place: their own, or where the evaluation was. */
function located<Made>(source: string, place: { readonly at: number } | 0, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const offset = error.at ?? (place === 0 ? 0 : place.at);
    throw new ExpressionError({ reason: error.message, source, offset, kind: error.kind }, { cause: error });
  }
}

const NOWHERE: Scope = { metadata: {}, requestedMetadata: {}, random: () => 0 };
const SMALL: Partial<EvaluationLimits> = { steps: 1_000, textLength: 10_000 };

/** What uses nothing of its scope has its whole value for a shape. */
function staticShape(
  root: Node,
  uses: ReadonlySet<FreeName>,
  evaluate: (scope: Scope, limits: Partial<EvaluationLimits>) => Value,
): Shape {
  const isConstant = [...uses].every((name) => name === 'constants');
  if (!isConstant) return shapeOfNode(root);
  try {
    const value = evaluate(NOWHERE, SMALL);
    return typeof value === 'string' ? [value] : UNKNOWN;
  } catch (error) {
    if (error instanceof ExpressionError) return UNKNOWN;
    throw error;
  }
}
