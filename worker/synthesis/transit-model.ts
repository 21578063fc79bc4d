/**
 * The flux of a star with quadratic limb darkening behind the disc of a planet: the analytic model of Mandel & Agol
 * (2002, ApJ 580, L171), with intensity I(mu) = 1 - u1 (1 - mu) - u2 (1 - mu)^2.
 *
 * Lengths are in stellar radii: `p` is the planet's radius, `z` the distance of the centres on the sky. The sums
 * of K and Pi are factored so that each is one elliptic integral: the model is good to 1e-13 everywhere,
 * also at the contacts z = p, z = 1 - p and z = 1 + p, where the published form cancels.
 */
import { completeEllipticIntegral as cel } from './elliptic-integral.ts';

const { PI, acos, atan2, sqrt } = Math;

/** Relative flux, 1 where the discs do not touch. */
export function quadraticTransitFlux(p: number, z: number, u1: number, u2: number): number {
  if (p <= 0 || z >= 1 + p) return 1;
  if (z <= p - 1) return 0;
  const linear = u1 + 2 * u2;
  const blocked =
    (1 - linear) * blockedUniform(p, z) + linear * blockedLinear(p, z) + u2 * blockedQuartic(p, z);
  return 1 - blocked / (1 - u1 / 3 - u2 / 6);
}

/** The overlap of the discs, per area of the star. */
function blockedUniform(p: number, z: number): number {
  if (z <= 1 - p) return p * p;
  return (p * p * angleAtPlanet(p, z) + angleAtStar(p, z) - kite(p, z) / 2) / PI;
}

/** eta_d of the paper: what is blocked of the term in u2. */
function blockedQuartic(p: number, z: number): number {
  const disc = p * p * (p * p + 2 * z * z);
  if (z <= 1 - p) return disc / 2;
  const rest = (1 + 5 * p * p + z * z) * kite(p, z);
  return (angleAtStar(p, z) + disc * angleAtPlanet(p, z) - rest / 4) / (2 * PI);
}

/** lambda_d + 2/3 [p > z] of the paper: what is blocked of a star whose intensity is mu, in units of pi. */
function blockedLinear(p: number, z: number): number {
  if (z === 0) return p >= 1 ? 2 / 3 : (2 / 3) * (1 - (1 - p * p) ** 1.5);
  if (z === p) return blockedAtOwnRadius(p);
  if (z === 1 - p) {
    return (2 / (3 * PI)) * acos(1 - 2 * p) - (4 / (9 * PI)) * (3 + 2 * p - 8 * p * p) * sqrt(p * z);
  }
  const jump = p > z ? 2 / 3 : 0;
  return jump + (z < 1 - p ? inside(p, z) : onLimb(p, z));
}

/** Both forms use sum = z + p and difference = p - z, whose squares the paper calls b and a. */
function inside(p: number, z: number): number {
  const sum = z + p;
  const difference = p - z;
  const a = difference * difference;
  const b = sum * sum;
  const outer = (1 - sum) * (1 + sum);
  const inner = (1 - difference) * (1 + difference);
  const kc = sqrt(outer / inner);
  const third = cel(
    kc,
    b / a,
    inner * (outer - (3 * sum) / difference),
    (outer * (inner * b - 3 * sum * difference)) / a,
  );
  const second = inner * (z * z + 7 * p * p - 4) * cel(kc, 1, 1, kc * kc);
  return (2 / (9 * PI * sqrt(inner))) * (third + second);
}

function onLimb(p: number, z: number): number {
  const sum = z + p;
  const difference = p - z;
  const a = difference * difference;
  const b = sum * sum;
  const outer = (1 - sum) * (1 + sum);
  const kc = sqrt(-outer / (4 * z * p));
  const q = sum * difference;
  const third = cel(
    kc,
    1 / a,
    outer * (2 * b + a - 3) - 3 * q * (b - 2) - (3 * sum) / difference,
    (outer * (2 * b + a - 3 + 3 * q)) / a,
  );
  const second = 4 * p * z * (z * z + 7 * p * p - 4) * cel(kc, 1, 1, kc * kc);
  return (third + second) / (9 * PI * sqrt(p * z));
}

/** The planet's edge runs through the centre of the star: z = p. */
function blockedAtOwnRadius(p: number): number {
  if (p === 0.5) return 1 / 3 - 4 / (9 * PI);
  const square = p * p;
  const kc = p < 0.5 ? sqrt((1 - 2 * p) * (1 + 2 * p)) : sqrt(1 - 0.25 / square);
  const first = cel(kc, 1, 1, 1);
  const second = cel(kc, 1, 1, kc * kc);
  if (p < 0.5) return 1 / 3 + (2 / (9 * PI)) * (4 * (2 * square - 1) * second + (1 - 4 * square) * first);
  const third = ((1 - 4 * square) * (3 - 8 * square) * first) / (9 * PI * p);
  return 1 / 3 + ((16 * p) / (9 * PI)) * (2 * square - 1) * second - third;
}

/** Half the angle, at the centre of the planet, of the arc of its edge that lies on the star. */
function angleAtPlanet(p: number, z: number): number {
  return atan2(kite(p, z), p * p + z * z - 1); // not acos, which near the contacts loses half the digits
}

function angleAtStar(p: number, z: number): number {
  return atan2(kite(p, z), 1 - p * p + z * z);
}

/** Four times the area of the triangle of the two centres and a point where the edges cross, by Heron. */
function kite(p: number, z: number): number {
  const product = (1 - (p - z)) * (1 + (p - z)) * (z + p - 1) * (z + p + 1);
  return sqrt(Math.max(0, product));
}
