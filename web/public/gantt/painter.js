/**
 * Draws the chart on its canvas: only the rows and bars that are seen, and bars that share a pixel as one (bars.js), so that a
 * frame costs as much as there are pixels, whatever the number of bars.
 */
import { fitted, outline, paintLane, SMALL } from './bars.js';
import { LANE } from './lanes.js';
import { placer } from './place.js';
import { timeTicks } from './time-axis.js';

/**
 * @typedef {import('./lanes.js').Rows} Rows
 * @typedef {import('./lanes.js').WorkerRow} WorkerRow
 * @typedef {import('./lanes.js').Lane} Lane
 * @typedef {import('./data.js').Bar} Bar
 * @typedef {import('./data.js').Gap} Gap
 * @typedef {{
 *   rows: Rows, view: import('./view.js').View, now: number, width: number, height: number, labels: number, scroll: number,
 *   palette: import('../palette.js').Palette, font: string, marked: Bar | Gap | undefined, isFocused: boolean,
 * }} Scene
 */

export const AXIS = 30;
const SIZE = '12px';

/** @param {CanvasRenderingContext2D} context @param {Scene} scene */
export function paint(context, scene) {
  const { width, height, labels, scroll, palette, rows } = scene;
  context.fillStyle = palette('paper');
  context.fillRect(0, 0, width, height);
  context.textBaseline = 'middle';
  const seen = rows.rows.filter(({ top, height: own }) => top + own > scroll && top - scroll < height - AXIS);
  context.save();
  context.beginPath();
  context.rect(0, AXIS, width, height - AXIS);
  context.clip();
  context.translate(0, AXIS - scroll);
  for (const row of seen) if (row.kind === 'group') paintGroup(context, scene, row);
  context.save();
  context.beginPath();
  context.rect(labels, 0, width - labels, rows.height);
  context.clip();
  paintGrid(context, scene);
  for (const row of seen) if (row.kind === 'worker') paintWork(context, scene, row);
  paintNow(context, scene);
  context.restore();
  for (const row of seen) if (row.kind === 'worker') paintLabel(context, scene, row);
  context.restore();
  paintAxis(context, scene);
}

/** @param {Scene} scene */
function ticksOf(scene) {
  return timeTicks(scene.view, Math.max(2, Math.floor((scene.width - scene.labels) / 84)));
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene */
function paintAxis(context, scene) {
  const { width, labels, palette } = scene;
  const place = placer(scene);
  context.fillStyle = palette('line');
  context.fillRect(0, AXIS - 1, width, 1);
  context.font = `${SMALL} ${scene.font}`;
  context.textAlign = 'left';
  context.fillStyle = palette('ink-soft');
  context.fillText('UTC', 8, AXIS / 2);
  context.textAlign = 'center';
  for (const { at, label, isDay } of ticksOf(scene)) {
    const x = Math.round(place(at));
    if (x < labels + 18 || x > width - 18) continue;
    context.fillStyle = palette(isDay ? 'ink' : 'ink-soft');
    context.fillText(label, x, AXIS / 2);
    context.fillRect(x, AXIS - 5, 1, 4);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene */
function paintGrid(context, scene) {
  const place = placer(scene);
  context.fillStyle = scene.palette('line');
  context.globalAlpha = 0.5;
  for (const { at } of ticksOf(scene)) context.fillRect(Math.round(place(at)), 0, 1, scene.rows.height);
  context.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene */
function paintNow(context, scene) {
  const x = placer(scene)(scene.now);
  context.fillStyle = scene.palette('accent');
  context.fillRect(Math.round(x), 0, 1, scene.rows.height);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {import('./lanes.js').GroupRow} row */
function paintGroup(context, scene, { top, height, label }) {
  const { width, palette } = scene;
  context.fillStyle = palette('paper-2');
  context.fillRect(0, top, width, height);
  context.fillStyle = palette('ink');
  context.font = `600 ${SIZE} ${scene.font}`;
  context.textAlign = 'left';
  context.fillText(label, 8, top + height / 2);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {WorkerRow} row */
function paintLabel(context, scene, { worker, top, height }) {
  const { labels, palette, width } = scene;
  context.fillStyle = palette('line');
  context.fillRect(0, top + height - 1, width, 1);
  context.textAlign = 'left';
  context.font = `${SIZE} ${scene.font}`;
  context.fillStyle = palette(worker.ended_at === null ? 'ink' : 'ink-soft');
  context.fillText(`worker ${worker.id}`, 8, top + LANE / 2 + 5);
  context.font = `${SMALL} ${scene.font}`;
  context.fillStyle = palette('ink-soft');
  const slots = `${worker.slots} ${worker.slots === 1 ? 'slot' : 'slots'}`;
  if (height > 2 * LANE) {
    const state = worker.ended_at === null ? slots : `${slots}, ended`;
    context.fillText(state, 8, top + 1.5 * LANE + 6);
  } else {
    context.textAlign = 'right';
    context.fillText(slots, labels - 10, top + LANE / 2 + 5);
  }
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {WorkerRow} row */
function paintWork(context, scene, row) {
  for (const gap of row.gaps) paintGap(context, scene, row, gap);
  for (const lane of row.lanes) paintLane(context, scene, lane);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {WorkerRow} row @param {Gap} gap */
function paintGap(context, scene, { top, height }, gap) {
  const place = placer(scene);
  const left = Math.max(scene.labels, place(gap.from));
  const right = Math.min(scene.width, place(gap.until));
  if (right - left < 0.5) return;
  const box = /** @type {const} */ ([left, top + 3, right - left, height - 7]);
  context.fillStyle = hatching(context, scene);
  context.fillRect(...box);
  if (scene.marked === gap) outline(context, scene, box);
  context.font = `${SMALL} ${scene.font}`;
  const room = right - left - 16;
  if (room < 60) return;
  const text = fitted(context, gap.words, room);
  const width = context.measureText(text).width;
  const middle = top + height / 2 - 0.5;
  context.fillStyle = scene.palette('paper');
  context.fillRect(left + 6, middle - 7, width + 8, 14);
  context.fillStyle = scene.palette('ink-soft');
  context.textAlign = 'left';
  context.fillText(text, left + 10, middle + 0.5);
}

/** @type {{ colour: string, pattern: CanvasPattern } | undefined} */
let hatch;

/** @param {CanvasRenderingContext2D} context @param {Scene} scene */
function hatching(context, { palette }) {
  const colour = palette('line');
  if (hatch?.colour === colour) return hatch.pattern;
  const tile = new OffscreenCanvas(8, 8);
  const brush = tile.getContext('2d');
  if (brush === null) return colour;
  brush.strokeStyle = colour;
  brush.lineWidth = 1.5;
  for (const shift of [-8, 0, 8]) {
    brush.moveTo(shift - 1, 9);
    brush.lineTo(shift + 9, -1);
  }
  brush.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  if (pattern === null) return colour;
  hatch = { colour, pattern };
  return pattern;
}
