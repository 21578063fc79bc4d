import { describe, expect, test } from 'vitest';
import { completeEllipticIntegral } from '../../worker/synthesis/elliptic-integral.ts';
import { type Orbit, skyDistance, solveKepler } from '../../worker/synthesis/kepler-orbit.ts';
import { transitFluxes } from '../../worker/synthesis/transit-curve.ts';
import { quadraticTransitFlux } from '../../worker/synthesis/transit-model.ts';
import { TRANSIT_REFERENCE } from './science-transit-reference.ts';

describe('the transit model', () => {
  test('agrees with a numerical integration of the disc to 1e-13 in every case of the paper', () => {
    for (const [p, z, u1, u2, flux] of TRANSIT_REFERENCE) {
      const difference = Math.abs(quadraticTransitFlux(p, z, u1, u2) - flux);
      expect(difference, `p ${p}, z ${z}, u ${u1} ${u2}`).toBeLessThan(1e-13);
    }
  });

  test('blocks the area of the planet of a uniform star', () => {
    expect(quadraticTransitFlux(0.1, 0.4, 0, 0)).toBeCloseTo(1 - 0.01, 14);
    expect(quadraticTransitFlux(0.5, 0.5, 0, 0)).toBeCloseTo(1 - 0.25, 14);
  });

  test('is 1 outside the star and 0 behind a larger body', () => {
    expect(quadraticTransitFlux(0.1, 1.1, 0.1, 0.3)).toBe(1);
    expect(quadraticTransitFlux(0.1, 50, 0.1, 0.3)).toBe(1);
    expect(quadraticTransitFlux(1.5, 0.2, 0.1, 0.3)).toBe(0);
  });

  test('has no jump at the contacts, however near', () => {
    for (const p of [0.001, 0.05, 0.3, 0.5, 0.5 + 1e-9, 0.8]) {
      for (const contact of [p, 1 - p, 1 + p]) {
        for (const offset of [1e-15, 1e-13, 1e-11, 1e-9, 1e-8]) {
          const before = quadraticTransitFlux(p, contact - offset, 0.4, 0.3);
          const after = quadraticTransitFlux(p, contact + offset, 0.4, 0.3);
          expect(Math.abs(before - after), `p ${p}, z ${contact} +- ${offset}`).toBeLessThan(
            1e-13 + 10 * offset,
          );
        }
      }
    }
  });
});

test('complete elliptic integrals have their tabulated values', () => {
  const kc = Math.sqrt(0.5); // Abramowitz & Stegun, table 17.1, m = 0.5
  expect(completeEllipticIntegral(kc, 1, 1, 1)).toBeCloseTo(1.854074677301372, 14);
  expect(completeEllipticIntegral(kc, 1, 1, 0.5)).toBeCloseTo(1.3506438810476755, 14);
});

describe('the orbit', () => {
  test('solves the equation of Kepler to rounding at every eccentricity', () => {
    for (const eccentricity of [0, 0.01, 0.3, 0.7, 0.95, 0.9999]) {
      for (let mean = -10; mean <= 10; mean += 0.37) {
        const anomaly = solveKepler(mean, eccentricity);
        expect(anomaly - eccentricity * Math.sin(anomaly)).toBeCloseTo(mean, 13);
      }
    }
  });

  const orbit: Orbit = {
    t0: 1.5,
    period: 7,
    semiMajorAxis: 12,
    tilt: 0.03,
    eccentricity: 0.4,
    argumentOfPeriastron: 1.1,
  };

  test('has its conjunction at t0 and once a period, at the impact parameter', () => {
    const impact = ((12 * (1 - 0.16)) / (1 + 0.4 * Math.sin(1.1))) * Math.sin(0.03);
    for (const turn of [-2, 0, 5]) expect(skyDistance(orbit, 1.5 + 7 * turn)).toBeCloseTo(impact, 12);
  });

  test('of a circle follows the sine of the phase', () => {
    const circle = { ...orbit, eccentricity: 0, tilt: 0, argumentOfPeriastron: Math.PI / 2 };
    expect(skyDistance(circle, 1.6)).toBeCloseTo(12 * Math.sin((2 * Math.PI * 0.1) / 7), 12);
  });

  test('behind the star is no transit', () => {
    const circle = { ...orbit, eccentricity: 0, tilt: 0, argumentOfPeriastron: Math.PI / 2 };
    expect(skyDistance(circle, 1.5 + 3.5)).toBe(Infinity);
    const time = Float64Array.from({ length: 1400 }, (_, index) => index * 0.01);
    const fluxes = transitFluxes(time, { orbit: circle, radius: 0.1, limbDarkening: [0.1, 0.3] });
    expect(fluxes[150]).toBeLessThan(0.99);
    expect(fluxes[500]).toBe(1);
    expect(fluxes[850]).toBeLessThan(0.99);
  });
});

test('samples that are skipped are those where the discs do not touch', () => {
  const time = Float64Array.from({ length: 6000 }, (_, index) => index * 0.005 - 3);
  for (const eccentricity of [0, 0.3, 0.8]) {
    for (const argumentOfPeriastron of [0, 1.2, Math.PI / 2, 4]) {
      const orbit = {
        t0: 0.7,
        period: 4.3,
        semiMajorAxis: 6.5,
        tilt: 0.05,
        eccentricity,
        argumentOfPeriastron,
      };
      const fluxes = transitFluxes(time, { orbit, radius: 0.12, limbDarkening: [0.3, 0.2] });
      const all = time.map((each) => quadraticTransitFlux(0.12, skyDistance(orbit, each), 0.3, 0.2));
      const worst = all.reduce(
        (most, each, index) => Math.max(most, Math.abs(each - (fluxes[index] ?? 0))),
        0,
      );
      expect(worst).toBeLessThan(1e-12);
      expect(Math.min(...fluxes)).toBeLessThan(1);
    }
  }
});
