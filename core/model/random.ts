/**
 * The random numbers of an attempt. The same seed gives the same numbers on every machine and in every release,
 * so that a recorded seed repeats a run: the algorithm below is part of the contract and must not change.
 *
 * sfc32 (Chris Doty-Humphrey's small fast counting generator, 32 bit), its three state words taken from a
 * splitmix32 sequence over the seed, its first 12 outputs dropped. Not for cryptography.
 */

/** Numbers uniform in [0, 1) with 53 random bits. Seeds are told apart up to 2^53. */
export function seededRandom(seed: number): () => number {
  const words = splitmix32(seed >>> 0);
  const high = Math.floor(Math.abs(seed) / 2 ** 32) >>> 0;
  const next = sfc32(words(), words() ^ high, words());
  for (let dropped = 0; dropped < 12; dropped++) next();
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}

function splitmix32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

function sfc32(first: number, second: number, third: number): () => number {
  let [a, b, c, counter] = [first, second, third, 1];
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
}
