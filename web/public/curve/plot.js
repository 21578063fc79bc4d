/**
 * The uplot chart of a light curve: its options, from what is shown and the page's colours. uplot draws axes, cursor and zoom; the
 * samples are drawn by points.js, since its own points are a path each.
 */
import { drawCloud, drawRug } from './points.js';

/**
 * @typedef {import('uplot')} UPlot
 * @typedef {import('uplot').Options} Options
 * @typedef {{ x: ArrayLike<number>, error: ArrayLike<number> | undefined, palette: import('../palette.js').Palette }} Shown
 * @typedef {{
 *   width: number, height: number, xLabel: string, yLabel: string, palette: import('../palette.js').Palette, font: string,
 *   onCursor: (row: number | null | undefined) => void, onRange: () => void, overlay: (plot: UPlot) => void,
 * }} Looks
 */

/** @param {Looks} looks @returns {Options} */
export function optionsOf({ width, height, xLabel, yLabel, palette, font, onCursor, onRange, overlay }) {
  const axis = {
    stroke: palette('ink-soft'),
    font: `12px ${font}`,
    labelFont: `12px ${font}`,
    grid: { stroke: palette('line'), width: 1 },
    ticks: { stroke: palette('line'), width: 1, size: 5 },
  };
  return {
    width,
    height,
    legend: { show: false },
    padding: [12, 14, 0, 0],
    cursor: { drag: { x: true, y: true, uni: 24 }, points: { show: false }, focus: { prox: 20 } },
    scales: { x: { time: false }, y: { range: (_plot, low, high) => roomy(low, high) } },
    axes: [
      { ...axis, label: xLabel, labelSize: 24, size: 34, values: plainNumbers },
      { ...axis, label: yLabel, labelSize: 24, size: axisSize, values: plainNumbers },
    ],
    series: [
      {},
      {
        label: yLabel,
        stroke: palette('state-running'),
        paths: cloud(palette('state-running'), 1.3),
        points: { show: false },
      },
    ],
    hooks: {
      draw: [overlay],
      setCursor: [(plot) => onCursor(plot.cursor.idx)],
      setScale: [(_plot, key) => key === 'x' && onRange()],
    },
  };
}

/** @param {number | null} low @param {number | null} high @returns {[number, number]} */
function roomy(low, high) {
  if (low === null || high === null) return [0, 1];
  const room = high > low ? (high - low) * 0.06 : Math.max(1e-6, Math.abs(high) * 1e-3);
  return [low - room, high + room];
}

/** As many decimals as it takes to write the step itself. @param {UPlot} _plot @param {number[]} values */
function plainNumbers(_plot, values) {
  const step = Math.abs((values[1] ?? 1) - (values[0] ?? 0)) || 1;
  let decimals = 0;
  while (decimals < 12 && Math.abs(step - Number(step.toFixed(decimals))) > step * 1e-3) decimals++;
  return values.map((value) => value.toFixed(decimals).replace('-', '\u2212'));
}

/** @param {UPlot} _plot @param {string[]} labels */
function axisSize(_plot, labels) {
  return 14 + 7 * Math.max(4, ...(labels ?? []).map(({ length }) => length));
}

/** @param {string} colour @param {number} radius @returns {import('uplot').Series.PathBuilder} */
function cloud(colour, radius) {
  return (plot, series, first, last) => {
    const y = /** @type {ArrayLike<number> | undefined} */ (plot.data[series]);
    if (y !== undefined)
      drawCloud(plot.ctx, { ...placesOf(plot, colour, radius), x: plot.data[0], y, first, last });
    return null;
  };
}

/** What is not used: discs of their own colour, and ticks below, which also tell of those out of range. @param {UPlot} plot @param {import('./data.js').Points} flagged @param {string} colour */
export function drawFlagged(plot, flagged, colour) {
  const points = { ...placesOf(plot, colour, 1.9), ...flagged, first: 0, last: flagged.x.length - 1 };
  plot.ctx.save();
  plot.ctx.beginPath();
  plot.ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  plot.ctx.clip();
  drawCloud(plot.ctx, points);
  drawRug(plot.ctx, points);
  plot.ctx.restore();
}

/** @param {UPlot} plot @param {string} colour @param {number} radius */
function placesOf(plot, colour, radius) {
  return {
    ...{ colour, size: radius * devicePixelRatio, box: plot.bbox },
    toX: (/** @type {number} */ value) => plot.valToPos(value, 'x', true),
    toY: (/** @type {number} */ value) => plot.valToPos(value, 'y', true),
  };
}

/**
 * Means of bins with their errors, above the samples.
 * @param {UPlot} plot @param {{ x: number[], mean: number[], error: number[] }} bins @param {import('../palette.js').Palette} palette
 */
export function drawBins({ ctx, bbox, valToPos }, bins, palette) {
  const size = 2.6 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.beginPath();
  bins.x.forEach((x, at) => {
    const left = valToPos(x, 'x', true);
    const [mean, error] = [bins.mean[at] ?? 0, bins.error[at] ?? 0];
    ctx.moveTo(left, valToPos(mean - error, 'y', true));
    ctx.lineTo(left, valToPos(mean + error, 'y', true));
    ctx.moveTo(left + size, valToPos(mean, 'y', true));
    ctx.arc(left, valToPos(mean, 'y', true), size, 0, 2 * Math.PI);
  });
  ctx.strokeStyle = palette('paper');
  ctx.lineWidth = 3.5 * devicePixelRatio;
  ctx.stroke();
  ctx.strokeStyle = palette('ink');
  ctx.fillStyle = palette('ink');
  ctx.lineWidth = 1.25 * devicePixelRatio;
  ctx.stroke();
  ctx.fill();
  ctx.restore();
}
