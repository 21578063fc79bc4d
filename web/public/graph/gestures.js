/**
 * What hands do to a plane: drag pans, ctrl and wheel or two fingers zoom. A drag that has moved is no click, so links below it stay
 * unopened; an upright wheel alone is left to the page.
 */

const STILL = 4;

/**
 * @param {SVGSVGElement} target
 * @param {{ zoom: (factor: number, x: number, y: number) => void, pan: (x: number, y: number) => void }} gestures
 */
export function listen(target, { zoom, pan }) {
  /** @type {Map<number, PointerEvent>} */
  const down = new Map();
  let moved = 0;
  target.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    down.set(event.pointerId, event);
    moved = 0;
  });
  target.addEventListener('pointermove', (event) => {
    const before = down.get(event.pointerId);
    if (before === undefined) return;
    const [x, y] = [before.clientX - event.clientX, before.clientY - event.clientY];
    moved += Math.abs(x) + Math.abs(y);
    if (moved > STILL) target.setPointerCapture(event.pointerId);
    const other = [...down.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    if (other !== undefined)
      zoom(
        away(before, other) / away(event, other),
        (event.clientX + other.clientX) / 2,
        (event.clientY + other.clientY) / 2,
      );
    else if (moved > STILL) pan(x, y);
    down.set(event.pointerId, event);
  });
  for (const name of /** @type {const} */ (['pointerup', 'pointercancel']))
    target.addEventListener(name, ({ pointerId }) => void down.delete(pointerId));
  target.addEventListener('click', (event) => moved > STILL && event.preventDefault(), { capture: true });
  target.addEventListener('dragstart', (event) => event.preventDefault());
  target.addEventListener(
    'wheel',
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      zoom(Math.exp(Math.min(120, Math.max(-120, event.deltaY)) * 0.004), event.clientX, event.clientY);
    },
    { passive: false },
  );
}

/** @param {PointerEvent} a @param {PointerEvent} b */
function away(a, b) {
  return Math.max(20, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY));
}
