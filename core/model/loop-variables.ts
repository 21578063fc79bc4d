/** The variables that the loops around a task have set, among all that the task inherits. */
import { type Dict, dict } from './values.ts';

const INDEX = '_index';

/** Outer loops first. A for loop leaves `x` and `x_index`, of which `x` says all; a repeat loop leaves only an index. */
export function loopVariables(inherited: Dict): Dict {
  const indices = Object.keys(inherited).filter((key) => key.endsWith(INDEX));
  const names = indices.map((key) => {
    const base = key.slice(0, -INDEX.length);
    return base in inherited ? base : key;
  });
  return dict(names.map((name) => [name, inherited[name] ?? null]));
}
