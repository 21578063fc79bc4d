/**
 * The page of activity: what each worker did when, as a chart that can be zoomed and walked through. The server's table stays below,
 * folded up. The view stands in the address (`from`, `until`), so a link shows the same; what lies beyond the loaded window is fetched.
 */
import { debounce, make, makeSpeaker, makeTool, makeTools } from './elements.js';
import { fetchActivity } from './gantt/data.js';
import { Timeline } from './gantt/timeline.js';
import { holds, widened } from './gantt/view.js';
import { summaryOf, wordsOf } from './gantt/words.js';

/**
 * @typedef {import('./gantt/data.js').Activity} Activity
 * @typedef {import('./gantt/view.js').View} View
 */

const HELP =
  'Drag or shift and arrow keys to move, ctrl and wheel or + and − to zoom, arrow keys to go from bar to bar, enter to open.';
const LIVE_MS = 2_000;
const SETTLE_MS = 250;
/** The chart bears more than the table below it. */
const MOST_BARS = '10000';

class ActivityChart {
  /** @param {HTMLElement} place @param {Activity} activity */
  constructor(place, activity) {
    this.place = place;
    this.loaded = activity;
    this.turn = 0;
    this.summary = make('p', { class: 'chart-summary' }, summaryOf(activity));
    this.details = make('p', { class: 'chart-details' }, HELP);
    this.speaker = makeSpeaker();
    const settle = debounce(SETTLE_MS, () => this.#settle());
    const label = `${place.getAttribute('aria-label') ?? 'Activity by worker'}. ${HELP}`;
    this.timeline = new Timeline(
      { onView: settle, onOpen: openTask, onMark: (item, byKey) => this.#tell(item, byKey) },
      activity,
      label,
    );
    this.#stand();
  }

  #stand() {
    const { timeline, place, summary, details, speaker } = this;
    const tools = makeTools(
      'Chart',
      makeTool('−', 'Zoom out', () => timeline.zoom(1 / 0.6)),
      makeTool('+', 'Zoom in', () => timeline.zoom(0.6)),
      makeTool('←', 'Earlier', () => timeline.pan(-0.4)),
      makeTool('→', 'Later', () => timeline.pan(0.4)),
      makeTool('Reset', 'Back to the first view', () => timeline.go(timeline.start)),
      makeLive(() => this.#follow()),
    );
    const head = make('div', { class: 'chart-head' }, summary, tools);
    const table = make('details', { class: 'chart-table' }, make('summary', {}, 'As a table'));
    table.append(...place.childNodes);
    place.append(make('div', { class: 'chart' }, head, timeline.element, details, speaker), table);
    place.dataset.ready = '';
  }

  /** @param {import('./gantt/data.js').Bar | import('./gantt/data.js').Gap | undefined} item @param {boolean} byKey */
  #tell(item, byKey) {
    const words = item === undefined ? '' : wordsOf(item, this.loaded.now);
    this.details.textContent = words || HELP;
    if (byKey) this.speaker.textContent = words;
  }

  /** When the view has come to rest. */
  #settle() {
    const { loaded, timeline } = this;
    const { view } = timeline;
    keepInStep(view);
    const isBeyond = !holds(loaded, { from: view.from, until: Math.min(view.until, loaded.now) });
    const mayHoldMore = loaded.cut && view.until - view.from < (loaded.until - loaded.from) / 2;
    if (isBeyond || mayHoldMore) void this.#load(widened(view));
  }

  /** Answers that were overtaken by a later question are dropped. @param {View} window */
  async #load(window) {
    const mine = ++this.turn;
    this.place.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetchActivity(sourceOf(window));
      if (mine !== this.turn) return;
      this.loaded = answer;
      this.timeline.show(answer);
      this.summary.textContent = summaryOf(answer);
    } catch (error) {
      this.summary.textContent = `The activity could not be fetched: ${error instanceof Error ? error.message : error}. Move the chart to try again.`;
    } finally {
      if (mine === this.turn) this.place.removeAttribute('aria-busy');
    }
  }

  async #follow() {
    const width = this.timeline.view.until - this.timeline.view.from;
    await this.#load({ from: this.loaded.now - width, until: this.loaded.now + width });
    const { now } = this.loaded;
    this.timeline.go({ from: now - width * 0.95, until: now + width * 0.05 });
  }
}

/** @param {import('./gantt/data.js').Bar | import('./gantt/data.js').Gap} item @param {boolean} apart */
function openTask(item, apart) {
  if (!('task_id' in item)) return;
  const url = `/tasks/${item.task_id}`;
  if (apart) open(url, '_blank', 'noopener');
  else location.assign(url);
}

/** @param {() => Promise<void>} step */
function makeLive(step) {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  const button = makeTool('Live', 'Follow what happens now', () => {
    const isOn = timer === undefined;
    if (isOn) timer = setInterval(() => void (document.hidden || step()), LIVE_MS);
    else {
      clearInterval(timer);
      timer = undefined;
    }
    button.setAttribute('aria-pressed', String(isOn));
    if (isOn) void step();
  });
  button.setAttribute('aria-pressed', 'false');
  return button;
}

/** The page's own address, as JSON, of another window. @param {Partial<View>} window */
function sourceOf(window) {
  const url = addressOf(window);
  url.searchParams.set('format', 'json');
  url.searchParams.set('limit', MOST_BARS);
  return url.href;
}

/** @param {Partial<View>} window */
function addressOf({ from, until }) {
  const url = new URL(location.href);
  if (from !== undefined) url.searchParams.set('from', String(Math.max(0, Math.floor(from))));
  if (until !== undefined) url.searchParams.set('until', String(Math.ceil(until)));
  return url;
}

/** @param {View} view */
function keepInStep(view) {
  history.replaceState(history.state, '', addressOf(view));
}

for (const place of document.querySelectorAll('[data-gantt]'))
  if (place instanceof HTMLElement)
    fetchActivity(sourceOf({}))
      .then((activity) => new ActivityChart(place, activity))
      .catch((error) => {
        const words = `The chart could not be drawn: ${error.message}`;
        place.prepend(make('p', { class: 'chart-problem', role: 'alert' }, words));
      });
