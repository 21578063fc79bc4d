/**
 * The abstract syntax of an expression: what `parse.ts` makes and `compile.ts` and `shape.ts` read.
 * Chains of operators of one kind are flat lists, so that only real nesting nests.
 */
import type { Item } from './items.ts';

export type FreeName = 'metadata' | 'requested_metadata' | 'random' | 'constants';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '<<' | '>>' | '&' | '^' | '|';
export type ComparisonOperator = '<' | '<=' | '>' | '>=' | '==' | '!=' | 'in' | 'not in' | 'is' | 'is not';

/** One operator and its right operand; `at` is the operator's place. */
export interface Link<Operator> {
  readonly operator: Operator;
  readonly at: number;
  readonly operand: Node;
}

export interface KeywordArgument {
  readonly name: string;
  readonly value: Node;
}

export interface CallArguments {
  readonly positional: readonly Node[];
  readonly keywords: readonly KeywordArgument[];
  /** `**dict` arguments. */
  readonly dicts: readonly Node[];
}

/** `at` is the 0-based place in the source that an error of this node is reported at. */
export type Node = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly value: Item }
  | { readonly kind: 'list' | 'tuple'; readonly items: readonly Node[] }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Node, Node])[] }
  | { readonly kind: 'name'; readonly name: Exclude<FreeName, 'random'> }
  | { readonly kind: 'random' }
  | { readonly kind: 'unary'; readonly operator: '-' | '+' | '~' | 'not'; readonly operand: Node }
  | { readonly kind: 'arithmetic'; readonly first: Node; readonly rest: readonly Link<ArithmeticOperator>[] }
  | { readonly kind: 'comparison'; readonly first: Node; readonly rest: readonly Link<ComparisonOperator>[] }
  | { readonly kind: 'boolean'; readonly operator: 'and' | 'or'; readonly operands: readonly Node[] }
  | { readonly kind: 'conditional'; readonly test: Node; readonly chosen: Node; readonly otherwise: Node }
  | { readonly kind: 'attribute'; readonly object: Node; readonly name: string; readonly label: string }
  | { readonly kind: 'subscript'; readonly object: Node; readonly index: Node; readonly label: string }
  | { readonly kind: 'slice'; readonly object: Node; readonly bounds: readonly (Node | undefined)[] }
  | { readonly kind: 'call'; readonly name: string; readonly math: boolean; readonly given: CallArguments }
  | { readonly kind: 'method'; readonly object: Node; readonly name: string; readonly given: CallArguments }
);

export type NodeOf<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>;
