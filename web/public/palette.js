/**
 * The page's colours for what is drawn on a canvas. They are the custom properties of the style sheet, read when they are needed, so
 * that charts and page are of one piece, in the light and in the dark.
 */

/** @typedef {(name: string) => string} Palette  From the name of a custom property, without its dashes, to a colour */

/**
 * @param {Element} element whose surroundings count
 * @returns {Palette} that keeps what it has read: make a new one when colours have changed
 */
export function readPalette(element) {
  const style = getComputedStyle(element);
  /** @type {Map<string, string>} */
  const known = new Map();
  return (name) => {
    const colour = known.get(name) ?? style.getPropertyValue(`--${name}`).trim();
    known.set(name, colour);
    return colour;
  };
}

/**
 * Calls back when the surroundings turn dark or light, and when the window moves to a screen of other density.
 * @param {() => void} callback
 */
export function whenLooksChange(callback) {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', callback);
  matchMedia('(forced-colors: active)').addEventListener('change', callback);
  watchDensity(callback);
}

/** @param {() => void} callback */
function watchDensity(callback) {
  const query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
  query.addEventListener(
    'change',
    () => {
      callback();
      watchDensity(callback);
    },
    { once: true },
  );
}
