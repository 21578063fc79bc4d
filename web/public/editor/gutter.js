/** Line numbers beside a text area that does not wrap, and the marks of lines with problems. Seen only: the list of problems is read. */
import { make } from '../elements.js';

/** @typedef {import('./check.js').Problem} Problem */

export class Gutter {
  /** @param {HTMLTextAreaElement} area */
  constructor(area) {
    this.area = area;
    this.numbers = make('pre', { class: 'editor-numbers' });
    this.marks = make('div', { class: 'editor-marks' });
    this.element = make('div', { class: 'editor-gutter', 'aria-hidden': 'true' }, this.marks, this.numbers);
    this.lines = 0;
    area.addEventListener('scroll', () => this.#follow(), { passive: true });
    this.renew();
  }

  renew() {
    const lines = this.area.value.split('\n').length;
    if (lines === this.lines) return;
    this.lines = lines;
    this.numbers.textContent = Array.from({ length: lines }, (_, at) => at + 1).join('\n');
  }

  /** @param {readonly Problem[]} problems */
  mark(problems) {
    const worst = new Map();
    for (const { line, severity } of problems) if (worst.get(line) !== 'error') worst.set(line, severity);
    const height = this.#lineHeight();
    this.marks.replaceChildren(
      ...Array.from(worst, ([line, severity]) => {
        const mark = make('span', { class: 'editor-mark', 'data-severity': severity });
        mark.style.top = `${(line - 1) * height}px`;
        mark.style.height = `${height}px`;
        return mark;
      }),
    );
  }

  /** @param {number} line */
  reveal(line) {
    this.area.scrollTop = (line - 1) * this.#lineHeight() - this.area.clientHeight / 3;
    this.area.scrollLeft = 0;
  }

  #lineHeight() {
    return Number.parseFloat(getComputedStyle(this.area).lineHeight) || 20;
  }

  #follow() {
    const shift = `translateY(${-this.area.scrollTop}px)`;
    this.numbers.style.transform = shift;
    this.marks.style.transform = shift;
  }
}

/** @param {string} text @param {number} line from 1 @param {number} column from 1 */
export function offsetOf(text, line, column) {
  const before = text.split('\n').slice(0, Math.max(0, line - 1));
  const start = before.reduce((sum, each) => sum + each.length + 1, 0);
  const end = text.indexOf('\n', start);
  return Math.min(start + Math.max(0, column - 1), end < 0 ? text.length : end);
}
