/**
 * The chart itself, whatever the page around it: a canvas that stays in place while the rows scroll below it, the view, and the item
 * that is pointed at or focused. Data come in by `show`; what people do goes out by the three callbacks.
 */
import { make, oncePerFrame } from '../elements.js';
import { readPalette, whenLooksChange } from '../palette.js';
import { listen } from './gestures.js';
import { itemAt, step, walkOf } from './items.js';
import { layOutRows } from './lanes.js';
import { AXIS, paint } from './painter.js';
import { panned, showing, zoomed } from './view.js';

/**
 * @typedef {import('./data.js').Bar} Bar
 * @typedef {import('./data.js').Gap} Gap
 * @typedef {import('./view.js').View} View
 * @typedef {{
 *   onView: (view: View) => void, onOpen: (item: Bar | Gap, apart: boolean) => void,
 *   onMark: (item: Bar | Gap | undefined, byKey: boolean) => void,
 * }} Callbacks
 */

const TALLEST = 640;
const WALKING = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']);

export class Timeline {
  /** @param {Callbacks} callbacks @param {import('./data.js').Activity} activity @param {string} label */
  constructor(callbacks, activity, label) {
    this.callbacks = callbacks;
    this.canvas = make('canvas', {
      ...{ tabindex: '0', role: 'application', 'aria-roledescription': 'timeline', 'aria-label': label },
    });
    this.space = make('div', { class: 'gantt-space' }, this.canvas);
    this.element = make('div', { class: 'gantt-scroll' }, this.space);
    this.redraw = oncePerFrame(() => this.draw());
    /** @type {View} */
    this.view = { from: activity.from, until: activity.until };
    this.start = this.view;
    /** @type {Bar | Gap | undefined} */
    this.marked = undefined;
    this.isFocused = false;
    /** @type {import('./items.js').Walk | undefined} */
    this.walk = undefined;
    this.palette = readPalette(document.body);
    this.font = getComputedStyle(document.body).fontFamily;
    this.show(activity);
    this.#listen();
  }

  /** @param {import('./data.js').Activity} activity */
  show(activity) {
    this.activity = activity;
    this.rows = layOutRows(activity);
    this.walk = undefined;
    this.marked = this.#again(this.marked);
    this.space.style.height = `${this.rows.height + AXIS}px`;
    this.element.style.height = `${Math.min(TALLEST, this.rows.height + AXIS + 2)}px`;
    this.redraw();
  }

  /** @param {View} view */
  go(view) {
    this.view = view;
    this.redraw();
    this.callbacks.onView(view);
  }

  /** @param {number} factor @param {number} [x] pixel of the canvas that stays; the focused bar, or the middle, unless given */
  zoom(factor, x) {
    this.go(zoomed(this.view, factor, x === undefined ? this.#middle() : this.#instant(x)));
  }

  /** @param {number} share of what is seen */
  pan(share) {
    this.go(panned(this.view, (this.view.until - this.view.from) * share));
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.element;
    const density = devicePixelRatio;
    const [across, up] = [Math.round(width * density), Math.round(height * density)];
    if (this.canvas.width !== across || this.canvas.height !== up) {
      this.canvas.width = across;
      this.canvas.height = up;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    const context = this.canvas.getContext('2d', { alpha: false });
    if (context === null) return;
    context.setTransform(density, 0, 0, density, 0, 0);
    paint(context, this.#scene(width, height));
  }

  /** @param {number} [width] @param {number} [height] @returns {import('./painter.js').Scene} */
  #scene(width = this.element.clientWidth, height = this.element.clientHeight) {
    const { rows, view, palette, font, marked, isFocused } = this;
    const labels = width < 560 ? 84 : 150;
    const scroll = this.element.scrollTop;
    const now = this.activity?.now ?? 0;
    return {
      rows: rows ?? { rows: [], height: 0 },
      view,
      now,
      width,
      height,
      labels,
      scroll,
      palette,
      font,
      marked,
      isFocused,
    };
  }

  #listen() {
    listen(this.canvas, {
      zoom: (factor, x) => this.zoom(factor, x),
      pan: (pixels) => this.go(panned(this.view, pixels * this.#msPerPixel())),
      hover: (x, y) => this.#mark(this.#itemAt(x, y), false),
      leave: () => this.#mark(undefined, false),
      click: (x, y, event) => {
        const item = this.#itemAt(x, y);
        if (item !== undefined) this.callbacks.onOpen(item, event.ctrlKey || event.metaKey);
      },
    });
    this.canvas.addEventListener('keydown', (event) => this.#key(event));
    this.canvas.addEventListener('blur', () => {
      this.isFocused = false;
      this.redraw();
    });
    this.element.addEventListener('scroll', this.redraw, { passive: true });
    new ResizeObserver(this.redraw).observe(this.element);
    whenLooksChange(() => {
      this.palette = readPalette(document.body);
      this.redraw();
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.#act(event)) return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event whether it meant something */
  #act({ key, shiftKey }) {
    if (shiftKey && key === 'ArrowLeft') this.pan(-0.2);
    else if (shiftKey && key === 'ArrowRight') this.pan(0.2);
    else if (key === '+' || key === '=') this.zoom(0.6);
    else if (key === '-') this.zoom(1 / 0.6);
    else if (key === '0') this.go(this.start);
    else if (WALKING.has(key)) this.#walk(key);
    else if (key === 'Enter' && this.marked !== undefined) this.callbacks.onOpen(this.marked, false);
    else if (key === 'Escape' && this.marked !== undefined) this.#mark(undefined, true);
    else return false;
    return true;
  }

  /** @param {string} key */
  #walk(key) {
    this.walk ??= walkOf(this.rows ?? { rows: [], height: 0 }, this.activity?.now ?? 0);
    const next = step(this.walk, this.marked, key, this.view.from);
    if (next === undefined) return;
    const { clientHeight, scrollTop } = this.element;
    const room = clientHeight - AXIS - 24;
    if (next.top < scrollTop || next.top > scrollTop + room) this.element.scrollTop = next.top - room / 2;
    const view = showing(this.view, next.from, next.until);
    if (view !== this.view) this.go(view);
    this.#mark(next.item, true);
  }

  /** @param {Bar | Gap | undefined} item @param {boolean} byKey */
  #mark(item, byKey) {
    if (item === this.marked && byKey === this.isFocused) return;
    if (item === undefined && this.isFocused && !byKey) return;
    this.marked = item;
    this.isFocused = byKey;
    this.canvas.classList.toggle('on-item', item !== undefined);
    this.callbacks.onMark(item, byKey);
    this.redraw();
  }

  /** The same item in new data. @param {Bar | Gap | undefined} item */
  #again(item) {
    if (item === undefined || this.activity === undefined) return undefined;
    if ('attempt_id' in item)
      return this.activity.bars.find(({ attempt_id }) => attempt_id === item.attempt_id);
    return this.activity.gaps.find(
      ({ worker_id, from }) => worker_id === item.worker_id && from === item.from,
    );
  }

  /** @param {number} x @param {number} y */
  #itemAt(x, y) {
    const scene = this.#scene();
    if (x < scene.labels || y < AXIS) return undefined;
    return itemAt(scene.rows, this.#instant(x), y - AXIS + scene.scroll, this.#msPerPixel());
  }

  #msPerPixel() {
    const { width, labels } = this.#scene();
    return (this.view.until - this.view.from) / (width - labels);
  }

  /** @param {number} x */
  #instant(x) {
    return this.view.from + (x - this.#scene().labels) * this.#msPerPixel();
  }

  #middle() {
    const { marked, view } = this;
    if (marked !== undefined && this.isFocused) {
      const from = 'from' in marked ? marked.from : marked.started_at;
      if (from >= view.from && from <= view.until) return from;
    }
    return (view.from + view.until) / 2;
  }
}
