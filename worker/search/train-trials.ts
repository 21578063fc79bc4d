/**
 * The trials of QATS for one duration: a train for each window of intervals, beside the background that noise alone gives.
 *
 * The more transits a train has, and the wider its window, the more light it finds missing in mere noise. The
 * background is what the same search finds in the curve turned upside down, where there are no dips: the median over
 * some of the windows of a chunk, whose trains have about as many transits and the same freedom.
 */
import { median } from '../../core/light-curve/samples.ts';
import { type EvenRaster, sumBoxes } from './even-raster.ts';
import { type IntervalWindow, scoreTrains } from './transit-train.ts';

/** The best train of one duration and one window. */
export interface TrainTrial {
  readonly window: IntervalWindow;
  readonly count: number;
  /** Light missing in the train, over the noise of as many samples (Carter & Agol's S in units of the noise). */
  readonly sn: number;
  /** What `sn` is without transits. */
  readonly background: number;
}

const CHUNK = 32;
/** Of a chunk, every so many windows are searched upside down. */
const BACKGROUND_STRIDE = 4;

/** Chunk by chunk; a window without a train of `minCount` transits has a trial of none. */
export function* tryWindows(
  raster: EvenRaster,
  width: number,
  windows: readonly IntervalWindow[],
  minCount: number,
): Generator<TrainTrial[]> {
  const boxes = sumBoxes(raster.dips, width);
  const inverted = boxes.map((sum) => -sum);
  const row = new Float64Array(boxes.length);
  const scale = 1 / (raster.sigma * Math.sqrt(width));
  for (const chunk of chunksOf(windows)) {
    const sampled = chunk.filter((_, index) => index % BACKGROUND_STRIDE === 0);
    const noise = sampled.map((window) => scoreTrains(inverted, window, minCount, row).score);
    const background = median(Float64Array.from(noise)) * scale;
    yield chunk.map((window) => {
      const { score, count } = scoreTrains(boxes, window, minCount, row);
      return { window, count, sn: score * scale, background };
    });
  }
}

/** Neighbours of equal width. */
function* chunksOf(windows: readonly IntervalWindow[]): Generator<IntervalWindow[]> {
  let chunk: IntervalWindow[] = [];
  for (const window of windows) {
    const [first = window] = chunk;
    if (chunk.length === CHUNK || first.max - first.min !== window.max - window.min) {
      yield chunk;
      chunk = [];
    }
    chunk.push(window);
  }
  if (chunk.length > 0) yield chunk;
}
