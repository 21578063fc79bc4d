/** One evaluation of a compiled expression: what it may read, and the meter it runs against. */
import type { Item, ItemDict } from './items.ts';
import type { Meter } from './limits.ts';

export interface Run {
  readonly metadata: ItemDict;
  readonly requestedMetadata: ItemDict;
  readonly random: () => number;
  readonly meter: Meter;
}

export type Compiled = (run: Run) => Item;
