/**
 * Draws samples as points, for uplot: few of them as discs, many as a picture in which each pixel is as strong as the number of samples
 * that meet there. So a hundred thousand cost as little as a thousand, and where they are dense the shape of the cloud is seen.
 */

const FEW = 3_000;
const TRANSPARENT = 0.55;
/** More samples than this on a pixel look the same. */
const STRONGEST = 23;

/**
 * @typedef {{
 *   x: ArrayLike<number>, y: ArrayLike<number>, first: number, last: number, colour: string, size: number,
 *   toX: (value: number) => number, toY: (value: number) => number,
 *   box: { left: number, top: number, width: number, height: number },
 * }} Cloud  Samples from `first` to `last`, and where they are to be drawn, in pixels of the canvas
 */

/** @param {CanvasRenderingContext2D} context @param {Cloud} cloud */
export function drawCloud(context, cloud) {
  if (cloud.last - cloud.first <= FEW) drawDiscs(context, cloud);
  else drawDensity(context, cloud);
}

const RUG = 8;

/** A tick at the lower edge for each sample, so that those beyond the range of the chart are not missed. @param {CanvasRenderingContext2D} context @param {Cloud} cloud */
export function drawRug(context, { x, first, last, colour, toX, box }) {
  const bottom = box.top + box.height;
  let drawn = Number.NEGATIVE_INFINITY;
  context.fillStyle = colour;
  for (let at = first; at <= last; at++) {
    const left = Math.round(toX(x[at] ?? Number.NaN));
    if (left === drawn) continue;
    context.fillRect(left, bottom - RUG * devicePixelRatio, devicePixelRatio, RUG * devicePixelRatio);
    drawn = left;
  }
}

/** @param {CanvasRenderingContext2D} context @param {Cloud} cloud */
function drawDiscs(context, { x, y, first, last, colour, size, toX, toY }) {
  context.fillStyle = colour;
  context.beginPath();
  for (let at = first; at <= last; at++) {
    const [left, top] = [toX(x[at] ?? Number.NaN), toY(y[at] ?? Number.NaN)];
    if (!Number.isFinite(left) || !Number.isFinite(top)) continue;
    context.moveTo(left + size, top);
    context.arc(left, top, size, 0, 2 * Math.PI);
  }
  context.fill();
}

/**
 * The scale is linear, so two of its points say all. @param {(value: number) => number} place
 * @returns {[factor: number, offset: number]}
 */
function lineOf(place) {
  const offset = place(0);
  return [place(1) - offset, offset];
}

/** @typedef {{ canvas: OffscreenCanvas, image: ImageData, pixels: Uint32Array, counts: Uint8Array }} Sheet */

/** @type {Sheet | undefined} Kept from frame to frame */
let kept;

/** An empty sheet. @param {number} width @param {number} height @returns {Sheet} */
function sheetOf(width, height) {
  if (kept?.image.width === width && kept.image.height === height) {
    kept.pixels.fill(0);
    kept.counts.fill(0);
    return kept;
  }
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const counts = new Uint8Array(width * height);
  kept = { canvas: new OffscreenCanvas(width, height), image, pixels, counts };
  return kept;
}

/** @param {CanvasRenderingContext2D} context @param {Cloud} cloud */
function drawDensity(context, { x, y, first, last, colour, size, toX, toY, box }) {
  const [width, height] = [Math.ceil(box.width), Math.ceil(box.height)];
  const spread = Math.max(1, Math.round(size * 1.6));
  if (width <= spread || height <= spread) return;
  const { canvas, image, pixels, counts } = sheetOf(width, height);
  const inks = inksOf(colour);
  const [xFactor, xOffset] = lineOf(toX);
  const [yFactor, yOffset] = lineOf(toY);
  const [xStart, yStart] = [xOffset - box.left - spread / 2, yOffset - box.top - spread / 2];
  for (let at = first; at <= last; at++) {
    const left = Math.round(xStart + (x[at] ?? Number.NaN) * xFactor);
    const top = Math.round(yStart + (y[at] ?? Number.NaN) * yFactor);
    // Not so where either is not a number.
    if (!(left >= 0 && left <= width - spread && top >= 0 && top <= height - spread)) continue;
    for (let row = top; row < top + spread; row++) {
      const start = row * width + left;
      for (let pixel = start; pixel < start + spread; pixel++) {
        const count = Math.min(STRONGEST, (counts[pixel] ?? 0) + 1);
        counts[pixel] = count;
        pixels[pixel] = inks[count] ?? 0;
      }
    }
  }
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  context.drawImage(canvas, Math.round(box.left), Math.round(box.top));
}

/** The colour as strong as so many samples make it, as words of an image. @param {string} colour */
function inksOf(colour) {
  const [red = 0, green = 0, blue = 0] = channelsOf(colour);
  const bytes = new Uint8ClampedArray(4 * (STRONGEST + 1));
  for (let count = 0; count <= STRONGEST; count++)
    bytes.set([red, green, blue, 255 * (1 - TRANSPARENT ** count)], 4 * count);
  return new Uint32Array(bytes.buffer);
}

/** @type {{ colour: string, channels: Uint8ClampedArray | number[] } | undefined} */
let known;

/** Red, green and blue of any colour that a style sheet can name. @param {string} colour */
function channelsOf(colour) {
  if (known?.colour === colour) return known.channels;
  const brush = new OffscreenCanvas(1, 1).getContext('2d');
  if (brush === null) return [0, 0, 0];
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  known = { colour, channels: brush.getImageData(0, 0, 1, 1).data };
  return known.channels;
}
