/** The policy of a task for whoever evaluates no expression: what is written as one is the worker's, which starts the task. */
import { isExpression } from './expression/expression.ts';
import { type Policy, type PolicySources, policyOf } from './policy.ts';
import { dict, isDict, type Value } from './values.ts';

export const literalPolicyOf = (sources: PolicySources): Policy => policyOf(sources, literally);

function literally(value: Value): Value | undefined {
  if (isDict(value)) {
    return dict(Object.entries(value).filter(([, each]) => literally(each) !== undefined));
  }
  return typeof value === 'string' && isExpression(value) ? undefined : value;
}
