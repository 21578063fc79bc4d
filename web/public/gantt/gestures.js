/**
 * What hands do to a chart of time: drag pans, ctrl and wheel or two fingers zoom, a sideways wheel pans, a press without movement
 * is a click. An upright wheel and an upright stroke of one finger are left to the page.
 */

/**
 * @typedef {{
 *   zoom: (factor: number, x: number) => void, pan: (pixels: number) => void,
 *   hover: (x: number, y: number) => void, leave: () => void, click: (x: number, y: number, event: PointerEvent) => void,
 * }} Gestures
 */

const STILL = 4;

/** @param {HTMLElement} target @param {Gestures} gestures */
export function listen(target, { zoom, pan, hover, leave, click }) {
  /** @type {Map<number, PointerEvent>} */
  const down = new Map();
  let moved = 0;
  target.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    down.set(event.pointerId, event);
    moved = down.size > 1 ? STILL : 0;
  });
  target.addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId);
    if (before === undefined) return hover(event.offsetX, event.offsetY);
    moved += Math.abs(event.clientX - before.clientX);
    if (moved > STILL && !target.hasPointerCapture(event.pointerId))
      target.setPointerCapture(event.pointerId);
    const other = [...down.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    if (other !== undefined) pinch(before, event, other);
    else if (moved > STILL) pan(before.clientX - event.clientX);
    down.set(event.pointerId, event);
  });
  target.addEventListener('pointerup', (event) => {
    if (down.delete(event.pointerId) && moved <= STILL) click(event.offsetX, event.offsetY, event);
  });
  target.addEventListener('pointercancel', (event) => void down.delete(event.pointerId));
  target.addEventListener('pointerleave', leave);
  target.addEventListener(
    'wheel',
    (event) => {
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (event.ctrlKey || event.metaKey) zoom(Math.exp(clamp(event.deltaY) * 0.004), event.offsetX);
      else if (Math.abs(sideways) > 0 && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)))
        pan(sideways);
      else return;
      event.preventDefault();
    },
    { passive: false },
  );

  /** @param {PointerEvent} before @param {PointerEvent} event @param {PointerEvent} other */
  function pinch(before, event, other) {
    const [was, is] = [before, event].map(({ clientX }) => Math.max(20, Math.abs(clientX - other.clientX)));
    zoom((was ?? 1) / (is ?? 1), (event.offsetX + other.offsetX) / 2);
  }
}

/** @param {number} delta */
function clamp(delta) {
  return Math.min(120, Math.max(-120, delta));
}
