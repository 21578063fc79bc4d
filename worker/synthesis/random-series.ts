/**
 * A random time series with a given power spectrum: each Fourier amplitude is complex normal with the variance of its
 * frequency bin (Timmer & Koenig 1995, A&A 300, 707), and the series is their inverse transform.
 */
import FFT from 'fft.js';
import { addGaussianNoise } from './gaussian-noise.ts';

/**
 * A real series of 2 (n - 1) samples, from the mean square in each of its n frequency bins; 2 (n - 1) is a power of two.
 * The even samples and the odd ones are the real and the imaginary part of one complex transform of half the length.
 */
export function seriesOfPowers(powers: Float64Array, random: () => number): Float64Array {
  const half = powers.length - 1;
  const amplitudes = drawAmplitudes(powers, random);
  const packed = new Float64Array(2 * half);
  for (let bin = 0; bin < half; bin++) {
    const [real, imaginary] = [amplitudes[2 * bin] ?? 0, amplitudes[2 * bin + 1] ?? 0];
    const [mirrorReal, mirrorImaginary] = [
      amplitudes[2 * (half - bin)] ?? 0,
      -(amplitudes[2 * (half - bin) + 1] ?? 0),
    ];
    const [cosine, sine] = [Math.cos((Math.PI * bin) / half), Math.sin((Math.PI * bin) / half)];
    const [oddReal, oddImaginary] = [real - mirrorReal, imaginary - mirrorImaginary];
    packed[2 * bin] = real + mirrorReal - (sine * oddReal + cosine * oddImaginary);
    packed[2 * bin + 1] = imaginary + mirrorImaginary + (cosine * oddReal - sine * oddImaginary);
  }
  const series = new Float64Array(2 * half);
  new FFT(half).inverseTransform(series, packed);
  return series;
}

/**
 * The amplitude of exp(i 2 pi k t / n) for k = 0 to n / 2, real and imaginary parts in turn, with the factor n / 2 that the
 * inverse transform divides by. The last one has no partner at a negative frequency, and is real.
 */
function drawAmplitudes(powers: Float64Array, random: () => number): Float64Array {
  const half = powers.length - 1;
  const amplitudes = new Float64Array(2 * powers.length);
  addGaussianNoise(amplitudes, 1, random);
  for (let bin = 0; bin <= half; bin++) {
    const size = Math.sqrt(powers[bin] ?? 0) * (bin === half ? half : half / 2);
    amplitudes[2 * bin] = (amplitudes[2 * bin] ?? 0) * size;
    amplitudes[2 * bin + 1] = bin === half ? 0 : (amplitudes[2 * bin + 1] ?? 0) * size;
  }
  return amplitudes;
}
