/** A step of the state model, and what it is taken under. */
import type { Bounds, Rules } from './rules.ts';
import type { World } from './world.ts';

export interface Step {
  readonly name: string;
  readonly fault: boolean;
  /** Who acts, where there are several alike, and on which attempt. */
  readonly actor?: number;
  readonly attempt?: number;
  /** Throws a Breach when a guarded move finds what it must not find. */
  apply(world: World): void;
}

export interface Setting {
  readonly rules: Rules;
  readonly bounds: Bounds;
}
