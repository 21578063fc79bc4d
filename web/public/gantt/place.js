/** Where an instant stands from left to right. */

/** From instants to pixels. @param {{ view: import('./view.js').View, width: number, labels: number }} scene */
export function placer({ view, width, labels }) {
  const scale = (width - labels) / (view.until - view.from);
  return (/** @type {number} */ at) => labels + (at - view.from) * scale;
}
