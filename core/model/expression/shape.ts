/**
 * The static shape of the string an expression gives: literal parts, and null for parts known only at evaluation.
 * A shape never lies: whatever a part cannot promise is null. It lets names with loop variables in them be matched
 * against what other tasks need before any loop has run.
 */
import { Fault } from './fault.ts';
import { percentShape } from './percent-format.ts';
import type { Node, NodeOf } from './syntax.ts';
import { readTemplate } from './template.ts';

export type Shape = readonly (string | null)[];

export const UNKNOWN: Shape = [null];

/** The shape of a node. */
export function shapeOfNode(node: Node): Shape {
  return normalize(partsOf(node));
}

function partsOf(node: Node): Shape {
  if (node.kind === 'literal') return typeof node.value === 'string' ? [node.value] : UNKNOWN;
  if (node.kind === 'method' && node.name === 'format') return formatParts(node);
  if (node.kind === 'arithmetic') return arithmeticParts(node);
  if (node.kind === 'conditional') {
    const [chosen, otherwise] = [normalize(partsOf(node.chosen)), normalize(partsOf(node.otherwise))];
    return areSame(chosen, otherwise) ? chosen : UNKNOWN;
  }
  return UNKNOWN;
}

function formatParts({ object }: NodeOf<'method'>): Shape {
  if (object.kind !== 'literal' || typeof object.value !== 'string') return UNKNOWN;
  try {
    return readTemplate(object.value).map((part) => (typeof part === 'string' ? part : null));
  } catch (error) {
    if (error instanceof Fault) return UNKNOWN;
    throw error;
  }
}

/** `'a' + x + 'b'` and `'a_%d' % x`; once anything else is done to a string its parts are lost. */
function arithmeticParts({ first, rest }: NodeOf<'arithmetic'>): Shape {
  let parts: Shape = partsOf(first);
  for (const [at, { operator, operand }] of rest.entries()) {
    if (operator === '+') parts = [...parts, ...partsOf(operand)];
    else if (operator === '%' && at === 0 && first.kind === 'literal' && typeof first.value === 'string') {
      parts = percentShape(first.value);
    } else parts = UNKNOWN;
  }
  return parts;
}

function areSame(left: Shape, right: Shape): boolean {
  return left.length === right.length && left.every((part, at) => part === right[at]);
}

/** Neighbours of a kind are one part, and empty parts none; the empty string is `['']`. */
function normalize(parts: Shape): Shape {
  const merged: (string | null)[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (part === '') continue;
    if (part === null && last === null) continue;
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else merged.push(part);
  }
  return merged.length === 0 ? [''] : merged;
}
