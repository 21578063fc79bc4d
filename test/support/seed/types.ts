/** Per task type: how long it takes, how much memory it holds, and what it publishes about the star that it was given. */
import type { Dict } from '../../../core/model/values.ts';
import { toJson } from '../../../core/model/values.ts';

export interface TypeFacts {
  /** In proportion to the others. */
  readonly weight: number;
  readonly memoryMb: number;
  readonly publishes?: (star: Star, random: () => number) => Dict;
}

interface Star {
  readonly radius: number;
  readonly period: number;
  readonly round: number;
  readonly passed: boolean;
}

const synthesis = ({ radius, period }: Star, random: () => number): Dict => ({
  ...{ planet_radius: radius, orbital_period: period, duration: 90, sampling_cadence: 1800.5 },
  mes: (radius * 100) ** 2 / Math.sqrt(period) + random(),
});

const search = ({ period, passed }: Star, random: () => number): Dict => ({
  period: passed ? period * (1 + (random() - 0.5) / 500) : 0.5 + 30 * random(),
  ...{ power: 100 + 300 * random(), sde: passed ? 9 + 20 * random() : 4 + 4 * random() },
  ...{ outcome: passed ? 'PASS' : 'FAIL', target_period: period },
});

const FACTS: Readonly<Record<string, TypeFacts>> = {
  synthesis_batman: { weight: 0.5, memoryMb: 120, publishes: synthesis },
  synthesis_psls: { weight: 0.8, memoryMb: 160, publishes: synthesis },
  verify: {
    weight: 0.2,
    memoryMb: 90,
    publishes: (_star, random) => ({ cadence: 1800.0001, gaps: BigInt(Math.floor(9 * random())) }),
  },
  multiply: { weight: 0.3, memoryMb: 95 },
  binning: { weight: 0.2, memoryMb: 90 },
  mask_transits: { weight: 0.3, memoryMb: 95 },
  transit_search_bls_reference: { weight: 2.5, memoryMb: 240, publishes: search },
  transit_search_tls: { weight: 4, memoryMb: 520, publishes: search },
  command: { weight: 0.4, memoryMb: 30 },
  null: { weight: 0.1, memoryMb: 60, publishes: ({ round }) => ({ error: 1 / 2 ** round }) },
};

const OTHERS: TypeFacts = { weight: 1, memoryMb: 100 };

export function factsOf(type: string): TypeFacts {
  return FACTS[type] ?? OTHERS;
}

/** A box search finds large planets on short orbits, and not much beyond an edge that runs across. */
export function isFound(
  { radius, period }: { radius: number; period: number },
  random: () => number,
): boolean {
  return radius > 0.045 * (period / 6) ** 0.25 * (0.85 + 0.3 * random());
}

export function publishedBy(
  type: string,
  metadata: Dict,
  told: { passed: boolean; random: () => number },
): string | null {
  const { publishes } = factsOf(type);
  if (publishes === undefined) return null;
  return toJson(publishes({ ...starOf(metadata), passed: told.passed }, told.random));
}

export function starOf(metadata: Dict): { radius: number; period: number; round: number } {
  const number = (key: string, otherwise: number) => {
    const value = metadata[key];
    return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : otherwise;
  };
  return {
    radius: number('planet_radius', 0.1),
    period: number('orbital_period', 7.7),
    round: number('round_index', 1),
  };
}
