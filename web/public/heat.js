/**
 * Values of a heat map below the pointer or the focus: `[data-heat]` around an SVG of core/plot whose cells carry `data-x`, `data-y`
 * and a title. Arrow keys go to the next cell in their direction; a line below says what it holds.
 */
import { find, make } from './elements.js';

const HELP = 'Point at a cell, or go through them with the arrow keys.';

/** @type {Record<string, [across: number, up: number]>} */
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class HeatMap {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.svg = find(place, 'svg', SVGSVGElement);
    this.cells = [...this.svg.querySelectorAll('[data-x]')].filter((cell) => cell instanceof SVGRectElement);
    this.values = make('p', { class: 'chart-details', role: 'status' }, HELP);
    /** @type {SVGRectElement | undefined} */
    this.current = undefined;
    this.svg.setAttribute('tabindex', '0');
    this.svg.addEventListener('pointermove', ({ target }) => {
      if (target instanceof SVGRectElement && this.cells.includes(target)) this.#mark(target);
    });
    this.svg.addEventListener('keydown', (event) => {
      const direction = DIRECTIONS[event.key];
      if (direction === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#mark(this.#next(direction) ?? this.current);
    });
    place.append(this.values);
    place.dataset.ready = '';
  }

  /** The nearest in a direction, those in the same row or column first. @param {[number, number]} direction */
  #next([across, up]) {
    if (this.current === undefined) return this.cells[0];
    const from = middleOf(this.current);
    let [best, least] = [/** @type {SVGRectElement | undefined} */ (undefined), Infinity];
    for (const cell of this.cells) {
      const to = middleOf(cell);
      const along = (to.x - from.x) * across + (to.y - from.y) * up;
      const aside = Math.abs((to.x - from.x) * up) + Math.abs((to.y - from.y) * across);
      if (along > 0.5 && along + 20 * aside < least) [best, least] = [cell, along + 20 * aside];
    }
    return best;
  }

  /** @param {SVGRectElement | undefined} cell */
  #mark(cell) {
    if (cell === this.current || cell === undefined) return;
    this.current?.classList.remove('is-marked');
    cell.classList.add('is-marked');
    this.current = cell;
    const { x, y } = cell.dataset;
    this.values.textContent = `${x} · ${y}: ${cell.querySelector('title')?.textContent ?? ''}`;
  }
}

/** @param {SVGRectElement} cell */
function middleOf({ x, y, width, height }) {
  return { x: x.baseVal.value + width.baseVal.value / 2, y: y.baseVal.value + height.baseVal.value / 2 };
}

function startAll() {
  for (const place of document.querySelectorAll('[data-heat]:not([data-ready])'))
    if (place instanceof HTMLElement) new HeatMap(place);
}

startAll();
document.addEventListener('easel:changed', startAll);
