/** Draws the bars of one lane: wide ones each, with the name of the type; narrow ones joined. Of bars that share a pixel a bad one is seen. */
import { colourOf, isBad } from './data.js';
import { BAR, firstAbove } from './lanes.js';
import { placer } from './place.js';

/**
 * @typedef {import('./painter.js').Scene} Scene
 * @typedef {import('./lanes.js').Lane} Lane
 * @typedef {import('./data.js').Bar} Bar
 */

export const SMALL = '11px';
const TEXT_FROM = 46;
/** Bars that are narrower touch one another anyway. */
const SEAM_FROM = 4;

/**
 * Wide bars are drawn each; of narrow ones, runs of pixel columns of one colour as one box.
 * @param {CanvasRenderingContext2D} context @param {Scene} scene @param {Lane} lane
 */
export function paintLane(context, scene, lane) {
  const place = placer(scene);
  const { bars, starts, ends, top } = lane;
  /** @type {Run | undefined} */
  let run;
  for (let at = firstAbove(ends, scene.view.from); at < bars.length; at++) {
    const start = starts[at] ?? 0;
    const bar = bars[at];
    if (start > scene.view.until || bar === undefined) break;
    const [left, right] = [place(start), place(ends[at] ?? start)];
    if (right - left >= SEAM_FROM) {
      paintRun(context, scene, run, top);
      run = undefined;
      paintBar(context, scene, { bar, colour: colourOf(bar), left, right, top });
      continue;
    }
    const next = joined(run, bar, Math.floor(left), Math.max(Math.floor(left), Math.floor(right - 0.01)));
    if (next !== run) paintRun(context, scene, run, top);
    run = next;
  }
  paintRun(context, scene, run, top);
}

/** @typedef {{ colour: string, bad: boolean, first: number, last: number }} Run  Pixel columns */

/** The run with the bar, or a new one that begins with it. @param {Run | undefined} run @param {Bar} bar @param {number} first @param {number} last @returns {Run} */
function joined(run, bar, first, last) {
  const [colour, bad] = [colourOf(bar), isBad(bar)];
  if (run !== undefined && first <= run.last + 1 && run.colour === colour) {
    run.last = Math.max(run.last, last);
    return run;
  }
  if (run === undefined || first > run.last) return { colour, bad, first, last };
  if (bad && !run.bad) {
    run.last = first - 1;
    return { colour, bad, first, last };
  }
  return last > run.last ? { colour, bad, first: run.last + 1, last } : run;
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {Run | undefined} run @param {number} top */
function paintRun(context, { palette }, run, top) {
  if (run === undefined || run.last < run.first) return;
  context.fillStyle = palette(run.colour);
  context.fillRect(run.first, top, run.last - run.first + 1, BAR);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {{ bar: Bar, colour: string, left: number, right: number, top: number }} place */
function paintBar(context, scene, { bar, colour, left, right, top }) {
  // On whole pixels: sharp, and drawn several times as fast as soft edges.
  const start = Math.round(Math.max(left, scene.labels - 4));
  const end = Math.round(Math.min(right, scene.width + 4));
  const width = Math.max(1, end - start - (right - left > SEAM_FROM ? 1 : 0));
  context.fillStyle = scene.palette(colour);
  context.fillRect(start, top, width, BAR);
  if (isBad(bar) && width > 3) {
    context.fillStyle = scene.palette('ink');
    context.fillRect(start, top + BAR - 2, width, 2);
  }
  if (width > TEXT_FROM) {
    context.font = `${SMALL} ${scene.font}`;
    context.textAlign = 'left';
    context.fillStyle = scene.palette('paper');
    context.fillText(fitted(context, bar.type, width - 10), start + 5, top + BAR / 2 + 0.5);
  }
  if (scene.marked === bar) outline(context, scene, [start, top, width, BAR]);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {readonly [number, number, number, number]} box */
export function outline(context, { palette, isFocused }, [left, top, width, height]) {
  context.strokeStyle = palette('ink');
  context.lineWidth = isFocused ? 2.5 : 1.5;
  context.strokeRect(left - 1, top - 1, Math.max(2, width) + 2, height + 2);
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} room */
export function fitted(context, text, room) {
  const { width } = context.measureText(text);
  if (width <= room) return text;
  const size = Math.max(1, Math.floor((text.length * room) / width) - 1);
  return `${text.slice(0, size)}…`;
}
