/**
 * The lines that are shown: never more than so many, the oldest go. Which of them are seen is decided by level and search; a line is
 * drawn anew only when what is marked in it changes.
 */
import { make } from '../elements.js';
import { spansOf } from './ansi.js';

/**
 * @typedef {{ at: number, level: string, message: string }} Line
 * @typedef {{ line: Line, text: string, item: HTMLElement, words: HTMLElement, isMarked: boolean }} Entry
 */

const MOST = 5_000;
const LEVELS = ['debug', 'info', 'warning', 'error'];

export class LogLines {
  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
    /** @type {Entry[]} */
    this.entries = [];
    this.query = '';
    this.level = 0;
    this.removed = 0;
    this.matches = 0;
  }

  /** @param {readonly Line[]} lines */
  append(lines) {
    const kept = lines.slice(-MOST);
    this.removed += lines.length - kept.length;
    const entries = kept.map((line) => this.#entry(line));
    const surplus = this.entries.length + entries.length - MOST;
    if (surplus > 0) this.#drop(surplus);
    this.entries.push(...entries);
    this.list.append(...entries.map(({ item }) => item));
  }

  /** @param {number} count */
  #drop(count) {
    for (const entry of this.entries.splice(0, count)) {
      if (!entry.item.hidden) this.matches--;
      entry.item.remove();
    }
    this.removed += count;
  }

  /** @param {string} level @param {string} query */
  filter(level, query) {
    this.level = Math.max(0, LEVELS.indexOf(level));
    this.query = query.toLowerCase();
    this.matches = 0;
    for (const entry of this.entries) this.#sift(entry);
  }

  /** @param {Line} line @returns {Entry} */
  #entry(line) {
    const words = make('span', { class: 'log-text' });
    const time = make(
      'time',
      { datetime: new Date(line.at).toISOString() },
      new Date(line.at).toISOString().slice(11, 23),
    );
    const level = make('span', { class: 'log-level' }, line.level);
    const item = make('li', { 'data-level': line.level }, time, ' ', level, ' ', words);
    const text = spansOf(line.message)
      .map((span) => span.text)
      .join('')
      .toLowerCase();
    const entry = { line, text, item, words, isMarked: false };
    write(entry, '');
    this.#sift(entry);
    return entry;
  }

  /** @param {Entry} entry */
  #sift(entry) {
    const { query, level } = this;
    const isFound = query === '' || entry.text.includes(query);
    const isSeen = isFound && Math.max(0, LEVELS.indexOf(entry.line.level)) >= level;
    if (isSeen) this.matches++;
    if (entry.item.hidden === isSeen) entry.item.hidden = !isSeen;
    const isMarked = isSeen && query !== '';
    if (isMarked || entry.isMarked) write(entry, isMarked ? query : '');
    entry.isMarked = isMarked;
  }
}

/** @param {Entry} entry @param {string} query */
function write({ line, words }, query) {
  words.replaceChildren(
    ...spansOf(line.message).map(({ text, classes }) => {
      const parts = marked(text, query);
      return classes === '' && parts.length === 1 && parts[0] !== undefined
        ? parts[0]
        : make('span', { class: classes === '' ? false : classes }, ...parts);
    }),
  );
}

/** @param {string} text @param {string} query @returns {(Node | string)[]} */
function marked(text, query) {
  if (query === '') return [text];
  const lower = text.toLowerCase();
  /** @type {(Node | string)[]} */
  const parts = [];
  let from = 0;
  for (let at = lower.indexOf(query); at >= 0; at = lower.indexOf(query, from)) {
    if (at > from) parts.push(text.slice(from, at));
    parts.push(make('mark', {}, text.slice(at, at + query.length)));
    from = at + query.length;
  }
  if (from < text.length || parts.length === 0) parts.push(text.slice(from));
  return parts;
}
