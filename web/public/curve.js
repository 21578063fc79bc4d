/**
 * Light curves to look into: `[data-curve]` with the address of the columns in `data-src`. The server's picture stands there until the
 * chart does, and stays where there is no script. Zoom by dragging, back by a double click; the same by buttons and keys.
 */
import { binned, columnsOf, numberOf, summaryOf } from './curve/data.js';
import { drawBins, drawFlagged, optionsOf } from './curve/plot.js';
import { make, makeSpeaker, makeTool, makeTools } from './elements.js';
import { readPalette, whenLooksChange } from './palette.js';

/**
 * @typedef {import('./curve/data.js').Curve} Curve
 * @typedef {import('./curve/data.js').Folding} Folding
 * @typedef {import('./curve/data.js').Columns} Columns
 */

const HEIGHT = 420;
const BINS = 160;

class CurveChart {
  /** @param {HTMLElement} place @param {Curve} curve @param {typeof import('uplot')} UPlot */
  constructor(place, curve, UPlot) {
    this.place = place;
    this.curve = curve;
    this.UPlot = UPlot;
    this.isBinned = false;
    /** @type {Folding | undefined} */
    this.folding = undefined;
    this.values = make('p', { class: 'chart-details' });
    this.speaker = makeSpeaker();
    this.frame = make('div', {
      ...{ class: 'curve-frame', tabindex: '0', role: 'img' },
      'aria-label': `Light curve: ${summaryOf(curve)}. Keys: plus and minus zoom, arrows move, 0 shows all.`,
    });
    this.columns = columnsOf(curve, undefined);
    this.plot = this.#draw();
    this.#listen();
  }

  /** @param {Folding | undefined} folding */
  fold(folding) {
    this.folding = folding;
    this.isBinned = folding !== undefined;
    this.columns = columnsOf(this.curve, folding);
    this.again();
  }

  /** @param {boolean} isBinned */
  bin(isBinned) {
    this.isBinned = isBinned;
    this.plot.redraw(false);
  }

  again() {
    this.plot.destroy();
    this.plot = this.#draw();
  }

  /** @param {number} factor above 1 shows more @param {number} [shift] share of what is seen */
  go(factor, shift = 0) {
    const { min = 0, max = 1 } = this.plot.scales.x ?? {};
    const [middle, half] = [(min + max) / 2 + (max - min) * shift, ((max - min) / 2) * factor];
    this.plot.setScale('x', { min: middle - half, max: middle + half });
    this.speaker.textContent = `${numberOf(middle - half, 7)} to ${numberOf(middle + half, 7)} days`;
  }

  reset() {
    const { x } = this.columns;
    this.plot.setData([...this.#data()], true);
    this.speaker.textContent = `all: ${numberOf(x[0] ?? 0, 7)} to ${numberOf(x.at(-1) ?? 0, 7)} days`;
  }

  /** @returns {import('uplot').AlignedData} */
  #data() {
    return [this.columns.x, this.columns.y];
  }

  #draw() {
    const { folding, curve, frame, place } = this;
    const palette = readPalette(place);
    const time = curve.labels?.time ?? 'Time (d)';
    const options = optionsOf({
      ...{ width: Math.max(280, frame.clientWidth || place.clientWidth), height: HEIGHT, palette },
      font: getComputedStyle(place).fontFamily,
      xLabel: folding === undefined ? time : `Time from mid-transit (d), period ${folding.period} d`,
      yLabel: curve.labels?.flux ?? 'Relative flux',
      onCursor: (row) => this.#tell(row),
      onRange: () => this.#tell(undefined),
      overlay: (plot) => {
        drawFlagged(plot, this.columns.flagged, palette('state-failed'));
        if (!this.isBinned) return;
        const { min: from = 0, max: until = 1 } = plot.scales.x ?? {};
        if (until > from) drawBins(plot, binned(this.columns, { from, until, count: BINS }), palette);
      },
    });
    return new this.UPlot(options, this.#data(), frame);
  }

  /** @param {number | null | undefined} row */
  #tell(row) {
    const { columns, curve, values, folding } = this;
    const x = row === null || row === undefined ? undefined : columns.x[row];
    if (row === null || row === undefined || x === undefined) {
      values.textContent = 'Drag to zoom, double click to see all.';
      return;
    }
    const at = columns.order[row] ?? 0;
    const [flux, error] = [curve.flux[at], curve.error?.[at]];
    const phase = folding === undefined ? [] : [`${numberOf(x, 6)} d from mid-transit`];
    values.textContent = [
      ...phase,
      `time ${numberOf(curve.time[at] ?? 0, 10)} d`,
      `flux ${flux === null || flux === undefined ? 'missing' : numberOf(flux, 8)}${error === null || error === undefined ? '' : ` ± ${numberOf(error, 3)}`}`,
    ].join(' · ');
  }

  #listen() {
    this.frame.addEventListener('keydown', (event) => {
      const act = KEYS[event.key];
      if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act(this);
    });
    new ResizeObserver(() => {
      const width = this.frame.clientWidth;
      if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: HEIGHT });
    }).observe(this.frame);
    whenLooksChange(() => this.again());
  }
}

/** @type {Record<string, (chart: CurveChart) => void>} */
const KEYS = {
  '+': (chart) => chart.go(0.6),
  '=': (chart) => chart.go(0.6),
  '-': (chart) => chart.go(1 / 0.6),
  ArrowLeft: (chart) => chart.go(1, -0.2),
  ArrowRight: (chart) => chart.go(1, 0.2),
  0: (chart) => chart.reset(),
};

/** @param {HTMLElement} place @param {CurveChart} chart */
function makeFolding(place, chart) {
  /** @param {string} name @param {string} label */
  const field = (name, label) => {
    const input = make('input', { type: 'number', step: 'any', value: place.dataset[name] ?? '' });
    return { input, label: make('label', { class: 'curve-field' }, `${label} `, input) };
  };
  const [period, epoch] = [field('period', 'Period (d)'), field('epoch', 'Epoch (d)')];
  const fold = makeTool('Fold', 'Fold at the period', () => {
    const isOn = chart.folding === undefined && period.input.valueAsNumber > 0;
    chart.fold(isOn ? read() : undefined);
    show();
  });
  const bins = makeTool('Bins', 'Means of bins, with standard errors', () => {
    chart.bin(!chart.isBinned);
    show();
  });
  const read = () => ({ period: period.input.valueAsNumber, epoch: epoch.input.valueAsNumber || 0 });
  const show = () => {
    fold.setAttribute('aria-pressed', String(chart.folding !== undefined));
    bins.setAttribute('aria-pressed', String(chart.isBinned));
  };
  for (const { input } of [period, epoch])
    input.addEventListener('change', () => {
      if (chart.folding !== undefined && period.input.valueAsNumber > 0) chart.fold(read());
    });
  show();
  return makeTools('Folding', period.label, epoch.label, fold, bins);
}

/** @param {HTMLElement} place */
async function startCurve(place) {
  const [answer, uplot] = await Promise.all([
    fetch(place.dataset.src ?? '', { headers: { accept: 'application/json' } }),
    import(new URL('./uplot/uPlot.esm.js', import.meta.url).href),
  ]);
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  /** @type {Curve} */
  const curve = await answer.json();
  const chart = new CurveChart(place, curve, uplot.default);
  const tools = makeTools(
    'View',
    makeTool('−', 'Zoom out', () => chart.go(1 / 0.6)),
    makeTool('+', 'Zoom in', () => chart.go(0.6)),
    makeTool('←', 'Earlier', () => chart.go(1, -0.25)),
    makeTool('→', 'Later', () => chart.go(1, 0.25)),
    makeTool('All', 'Show all', () => chart.reset()),
  );
  const summary = make('p', { class: 'chart-summary' }, summaryOf(curve));
  const head = make('div', { class: 'chart-head' }, summary, makeFolding(place, chart), tools);
  place.replaceChildren(make('div', { class: 'chart' }, head, chart.frame, chart.values, chart.speaker));
  place.dataset.ready = '';
}

for (const place of document.querySelectorAll('[data-curve]'))
  if (place instanceof HTMLElement)
    startCurve(place).catch((error) => {
      place.append(
        make(
          'p',
          { class: 'chart-problem', role: 'alert' },
          `The chart could not be drawn: ${error.message}`,
        ),
      );
    });
