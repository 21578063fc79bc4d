/**
 * The expression language of job files, a subset of Python: the public face of this folder.
 *
 * A string whose first non-blank character is `(`, `'` or `"` is an expression. It can read its scope, and do nothing
 * else: there are no functions as values, no attributes but keys of dicts, and bounds on everything. The source goes
 * through scan (literals), parse (grammar), compile (closures); the rest are Python's values and how they print.
 */
export {
  compileExpression,
  isExpression,
  type Scope,
  shapeOf,
} from './compiled-expression.ts';
export { evaluateDeep, namesUsed } from './evaluate-deep.ts';
export { ExpressionError } from './expression-error.ts';
