/**
 * The editor of job files: `form[data-submit]` around a text area. While somebody types, the text goes to the same validator that
 * takes the job; its problems are listed and lead to their lines, and a sound job shows its plan. Without script the form is sent as it is.
 */

import { checkText } from './editor/check.js';
import { takeFiles } from './editor/files.js';
import { Gutter, offsetOf } from './editor/gutter.js';
import { debounce, find, make, makeSpeaker } from './elements.js';

/** @typedef {import('./editor/check.js').Problem} Problem */

const TYPING_MS = 350;

class JobEditor {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.area = find(form, 'textarea', HTMLTextAreaElement);
    this.problems = find(form, '[data-submit-problems]', HTMLElement);
    this.plan = find(form, '[data-submit-plan]', HTMLElement);
    this.state = make('p', { class: 'chart-details' });
    this.speaker = makeSpeaker();
    this.gutter = new Gutter(this.area);
    /** @type {HTMLInputElement | undefined} */
    this.name = undefined;
    /** @type {AbortController | undefined} */
    this.asked = undefined;
    this.#stand();
  }

  #stand() {
    const { form, area, state, speaker, gutter } = this;
    const frame = make('div', { class: 'editor' });
    const name = form.elements.namedItem('file_name');
    this.name = name instanceof HTMLInputElement ? name : undefined;
    area.replaceWith(frame);
    frame.append(gutter.element, area);
    frame.after(state, speaker);
    area.setAttribute('wrap', 'off');
    area.spellcheck = false;
    const check = debounce(TYPING_MS, () => void this.check());
    area.addEventListener('input', () => {
      gutter.renew();
      check();
    });
    takeFiles(frame, (name, text) => {
      if (this.name !== undefined) this.name.value = name;
      area.value = text;
      gutter.renew();
      void this.check();
    });
    if (area.value.trim() !== '') void this.check();
    form.dataset.ready = '';
  }

  /** An answer to an older text is not waited for. */
  async check() {
    this.asked?.abort();
    const mine = new AbortController();
    this.asked = mine;
    const text = this.area.value;
    if (text.trim() === '') return this.#show([], null, 'Paste a job file, choose one or drop one here.');
    this.state.textContent = 'Checking…';
    try {
      const { problems, plan_text } = await checkText(
        { text, file_name: this.name?.value || undefined },
        mine.signal,
      );
      this.#show(problems, plan_text, wordsOf(problems));
    } catch (error) {
      if (mine.signal.aborted) return;
      this.state.textContent = `Not checked: ${error instanceof Error ? error.message : error}. The form can be sent all the same.`;
    }
  }

  /** @param {readonly Problem[]} problems @param {string | null} plan @param {string} words */
  #show(problems, plan, words) {
    this.gutter.mark(problems);
    this.#hideReview();
    const items = problems.map((problem) => this.#item(problem));
    this.problems.replaceChildren(make('ul', { class: 'problem-list' }, ...items));
    this.problems.hidden = problems.length === 0;
    this.plan.replaceChildren(
      make('pre', { class: 'plan', tabindex: '0', 'aria-label': 'Plan' }, plan ?? ''),
    );
    this.plan.hidden = plan === null;
    if (this.state.textContent !== words) this.speaker.textContent = words;
    this.state.textContent = words;
    const isWrong = problems.some(({ severity }) => severity === 'error');
    this.area.setAttribute('aria-invalid', String(isWrong));
  }

  /** What the server said of an older text, when the form was sent. */
  #hideReview() {
    for (const part of this.problems.closest('.review')?.children ?? [])
      if (part instanceof HTMLElement && part !== this.problems && part !== this.plan) part.hidden = true;
  }

  /** @param {Problem} problem */
  #item({ line, column, path, message, severity }) {
    const place = make('span', { class: 'problem-place' }, `line ${line}`);
    const where = path === '' ? [] : [' ', make('code', {}, path)];
    const button = make('button', { type: 'button', class: 'problem' }, place, ` ${message}`, ...where);
    button.addEventListener('click', () => {
      const at = offsetOf(this.area.value, line, column);
      this.area.focus();
      this.area.setSelectionRange(at, at);
      this.gutter.reveal(line);
    });
    return make('li', { 'data-severity': severity }, button);
  }
}

/** @param {readonly Problem[]} problems */
function wordsOf(problems) {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const odd = problems.length - errors;
  const parts = [
    ...(errors > 0 ? [`${errors} ${errors === 1 ? 'problem' : 'problems'}`] : []),
    ...(odd > 0 ? [`${odd} ${odd === 1 ? 'warning' : 'warnings'}`] : []),
  ];
  return parts.length === 0 ? 'No problems.' : `${parts.join(', ')}.`;
}

for (const form of document.querySelectorAll('form[data-submit]'))
  if (form instanceof HTMLFormElement) new JobEditor(form);
