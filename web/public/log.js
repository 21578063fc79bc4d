/**
 * A log that is followed: `[data-log]` around the server's list of lines (`[data-log-lines]`), which is all there is without script. New
 * lines are appended; the list stays at its end until somebody scrolls up, and then says how much has come.
 */
import { debounce, find, make, makeSpeaker, makeTool, makeTools } from './elements.js';
import { LogLines } from './log/lines.js';
import { makeReporter } from './log/reporter.js';
import { follow } from './log/source.js';

/** @typedef {import('./log/lines.js').Line} Line */

const NEAR_END = 12;
const LEVELS = [
  ['debug', 'all levels'],
  ['info', 'info and above'],
  ['warning', 'warnings and errors'],
  ['error', 'errors'],
];

class LogView {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.list = find(place, '[data-log-lines]', HTMLElement);
    this.lines = new LogLines(this.list);
    this.state = make('span', { class: 'log-state' });
    this.speaker = makeSpeaker();
    this.report = makeReporter((words) => {
      this.speaker.textContent = words;
    });
    this.fresh = makeTool('', 'Go to the end', () => this.#toEnd());
    this.isAtEnd = true;
    this.unseen = 0;
    this.trouble = '';
    this.isEnded = 'ended' in place.dataset;
    /** @type {Line[] | undefined} What has come while it was paused */
    this.held = undefined;
    this.#stand();
    if (!this.isEnded) this.#follow();
  }

  #stand() {
    const { place, list, lines, fresh } = this;
    const first = [...list.children].map(lineOf);
    list.replaceChildren();
    lines.append(first);
    list.tabIndex = 0;
    fresh.classList.add('log-fresh');
    place.prepend(make('div', { class: 'log-head' }, this.state, this.#makeTools()));
    list.after(fresh);
    place.append(this.speaker);
    list.addEventListener('scroll', () => {
      this.isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - NEAR_END;
      if (this.isAtEnd && this.unseen > 0) this.#toEnd();
    });
    this.#toEnd();
    place.dataset.ready = '';
  }

  #makeTools() {
    const search = make('input', { type: 'search', placeholder: 'Search', 'aria-label': 'Search the log' });
    const options = LEVELS.map(([value = '', words = '']) => make('option', { value }, words));
    const level = make('select', { 'aria-label': 'Level' }, ...options);
    const sift = () => {
      this.lines.filter(level.value, search.value);
      if (this.isAtEnd) this.list.scrollTop = this.list.scrollHeight;
      this.#tell();
    };
    search.addEventListener('input', debounce(80, sift));
    level.addEventListener('change', sift);
    const pause = makeTool('Pause', 'Pause: what comes is kept back', () => {
      const waiting = this.held;
      this.held = waiting === undefined ? [] : undefined;
      pause.setAttribute('aria-pressed', String(this.held !== undefined));
      if (waiting !== undefined) this.#add(waiting);
      this.#tell();
    });
    pause.setAttribute('aria-pressed', 'false');
    return makeTools('Log', level, search, pause);
  }

  #follow() {
    const { src = location.href, events, after = '-1' } = this.place.dataset;
    follow(
      { src, events, after: Number(after) },
      {
        onBatch: ({ lines, ended }) => {
          this.trouble = '';
          this.isEnded = ended;
          this.report(lines);
          if (this.held === undefined) this.#add(lines);
          else this.held.push(...lines);
          this.#tell();
        },
        onTrouble: (words) => {
          this.trouble = words;
          this.#tell();
        },
      },
    );
  }

  /** Whoever has scrolled up goes on seeing the same lines: browsers keep them in place when old ones go. @param {readonly Line[]} batch */
  #add(batch) {
    this.lines.append(batch);
    if (this.isAtEnd) return this.#toEnd();
    this.unseen += batch.length;
    this.#tell();
  }

  #toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
    this.isAtEnd = true;
    this.unseen = 0;
    this.#tell();
  }

  #tell() {
    const { lines, unseen, trouble, isEnded, held, fresh } = this;
    const shown = lines.entries.length;
    const isSifted = lines.query !== '' || lines.level > 0;
    const now =
      trouble || (held !== undefined ? `paused, ${held.length} more` : isEnded ? 'ended' : 'following');
    this.state.textContent = [
      `${number(shown + lines.removed)} lines`,
      ...(lines.removed > 0 ? [`the last ${number(shown)} are shown`] : []),
      ...(isSifted ? [`${number(lines.matches)} match`] : []),
      now,
    ].join(' · ');
    fresh.hidden = unseen === 0;
    fresh.textContent = `${number(unseen)} new ${unseen === 1 ? 'line' : 'lines'} ↓`;
  }
}

/** @param {number} count */
function number(count) {
  return count.toLocaleString('en-US');
}

/** A line as the server wrote it. @param {Element} item @returns {Line} */
function lineOf(item) {
  const at = Date.parse(item.querySelector('time')?.getAttribute('datetime') ?? '');
  return {
    at: Number.isNaN(at) ? 0 : at,
    level: item.getAttribute('data-level') ?? 'info',
    message: item.querySelector('.log-text')?.textContent ?? item.textContent ?? '',
  };
}

for (const place of document.querySelectorAll('[data-log]'))
  if (place instanceof HTMLElement) new LogView(place);
