/** Units of keys in metadata, by the settings of that name: synthesis publishes what it was given, in the same units. */
import type { Registry } from '../../../core/runtime/registry.ts';

/** Undefined when no type says it, or two types say different things. */
export function unitOf(key: string, registry: Registry): string | undefined {
  const units = new Set<string>();
  for (const { settings } of registry.values()) {
    for (const [name, { unit, keys = {} }] of Object.entries(settings)) {
      if (name === key && unit !== undefined) units.add(unit);
      const inner = unitIn(keys[key]);
      if (inner !== undefined) units.add(inner);
    }
  }
  const [only] = units;
  return units.size === 1 ? only : undefined;
}

function unitIn(described: unknown): string | undefined {
  if (typeof described !== 'object' || described === null || !('unit' in described)) return undefined;
  return typeof described.unit === 'string' ? described.unit : undefined;
}
