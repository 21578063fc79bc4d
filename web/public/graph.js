/**
 * Moves over a graph that the server has drawn: `[data-graph]` around an SVG with a viewBox. Only the viewBox changes, so links, titles
 * and focus stay as they are. Wheel with ctrl and two fingers zoom, drags pan; buttons and the keys + − 0 and arrows do both.
 */
import { find, make, makeTool, makeTools } from './elements.js';
import { listen } from './graph/gestures.js';

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */

const MOST_ZOOM = 40;
const STEP = 0.15;

class GraphView {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    const tools = makeTools(
      'Graph',
      makeTool('−', 'Zoom out', () => this.zoom(1 / 0.7)),
      makeTool('+', 'Zoom in', () => this.zoom(0.7)),
      makeTool('All', 'Show all', () => this.show(this.whole)),
    );
    place.prepend(make('div', { class: 'graph-tools' }, tools));
    this.svg = this.#adopt();
    this.whole = boxOf(this.svg);
    this.box = this.whole;
    document.addEventListener('easel:changed', () => this.#renew());
    place.dataset.ready = '';
  }

  #adopt() {
    const svg = find(this.place, 'svg', SVGSVGElement);
    svg.setAttribute('tabindex', '0');
    svg.addEventListener('keydown', (event) => this.#key(event));
    listen(svg, { zoom: (factor, x, y) => this.zoom(factor, x, y), pan: (x, y) => this.pan(x, y) });
    return svg;
  }

  /** The page has put a newer graph in its place: what was seen stays in view, unless everything was. */
  #renew() {
    if (this.svg.isConnected || this.place.querySelector('svg') === null) return;
    this.svg = this.#adopt();
    const isWhole = this.box === this.whole;
    this.whole = boxOf(this.svg);
    this.show(isWhole ? this.whole : this.box);
  }

  /** @param {Box} box */
  show(box) {
    this.box = box;
    this.svg.setAttribute(
      'viewBox',
      [box.x, box.y, box.width, box.height].map((value) => +value.toFixed(2)).join(' '),
    );
  }

  /** @param {number} factor above 1 shows more @param {number} [clientX] what stays @param {number} [clientY] */
  zoom(factor, clientX, clientY) {
    const { box, whole } = this;
    const least = Math.max(
      whole.width / MOST_ZOOM / box.width,
      Math.min(factor, (2 * whole.width) / box.width),
    );
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const at = clientX === undefined || clientY === undefined ? middle : this.#placeOf(clientX, clientY);
    this.show({
      x: at.x - (at.x - box.x) * least,
      y: at.y - (at.y - box.y) * least,
      width: box.width * least,
      height: box.height * least,
    });
  }

  /** @param {number} x pixels of the screen @param {number} y */
  pan(x, y) {
    const scale = this.svg.getScreenCTM()?.a ?? 1;
    this.show({ ...this.box, x: this.box.x + x / scale, y: this.box.y + y / scale });
  }

  /** @param {number} clientX @param {number} clientY */
  #placeOf(clientX, clientY) {
    return new DOMPoint(clientX, clientY).matrixTransform(this.svg.getScreenCTM()?.inverse());
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { box } = this;
    if (event.key === '+' || event.key === '=') this.zoom(0.7);
    else if (event.key === '-') this.zoom(1 / 0.7);
    else if (event.key === '0') this.show(this.whole);
    else if (event.key === 'ArrowLeft') this.show({ ...box, x: box.x - box.width * STEP });
    else if (event.key === 'ArrowRight') this.show({ ...box, x: box.x + box.width * STEP });
    else if (event.key === 'ArrowUp') this.show({ ...box, y: box.y - box.height * STEP });
    else if (event.key === 'ArrowDown') this.show({ ...box, y: box.y + box.height * STEP });
    else return;
    event.preventDefault();
  }
}

/** @param {SVGSVGElement} svg @returns {Box} */
function boxOf(svg) {
  const { x, y, width, height } = svg.viewBox.baseVal;
  return { x, y, width, height };
}

for (const place of document.querySelectorAll('[data-graph]'))
  if (place instanceof HTMLElement) new GraphView(place);
