/**
 * The tree of a job: `table[data-tree]`, whose rows of flow tasks (`tr[data-task][data-level][data-flow]`) get a button that fetches
 * the rows below, one page at a time, so any number of children will do. What is open stands in the hash of the address. Keys are
 * those of the ARIA tree grid.
 */
import { makeSpeaker } from './elements.js';
import { collapse, dress, levelOf, makeReachable, parentOf, readRows } from './tree/rows.js';

const MOST_REOPENED = 50;

class TreeGrid {
  /** @param {HTMLTableElement} table @param {HTMLTableSectionElement} body */
  constructor(table, body) {
    this.table = table;
    this.body = body;
    this.speaker = makeSpeaker();
    table.after(this.speaker);
    table.setAttribute('role', 'treegrid');
    dress(body);
    makeReachable(body, body.rows[0]);
    body.addEventListener('click', (event) => this.#click(event));
    body.addEventListener('keydown', (event) => this.#key(event));
    body.addEventListener('focusin', ({ target }) => {
      const row = target instanceof Element ? target.closest('tr') : null;
      if (row !== null) makeReachable(body, row);
    });
    void this.#reopen();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const row = target?.closest('tr') ?? null;
    if (row === null) return;
    if (target?.closest('.tree-toggle')) void this.#toggle(row);
    else if (target?.closest('tr[data-more] a') && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      void this.#showMore(row);
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const row = event.target;
    if (!(row instanceof HTMLTableRowElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    const isOpen = row.getAttribute('aria-expanded');
    if (event.key === 'ArrowRight' && isOpen === 'false') void this.#toggle(row);
    else if (event.key === 'ArrowLeft' && isOpen === 'true') void this.#toggle(row);
    else if (event.key === 'Enter') row.querySelector('a')?.click();
    else {
      const next = this.#neighbour(row, event.key);
      if (next === undefined) return;
      next?.focus();
    }
    event.preventDefault();
  }

  /** Where a key leads; null: nowhere from here; undefined: it is no such key. @param {HTMLTableRowElement} row @param {string} key */
  #neighbour(row, key) {
    const { rows } = this.body;
    const at = row.sectionRowIndex;
    if (key === 'ArrowDown') return rows[at + 1] ?? null;
    if (key === 'ArrowUp') return rows[at - 1] ?? null;
    if (key === 'Home') return rows[0] ?? null;
    if (key === 'End') return rows[rows.length - 1] ?? null;
    if (key === 'ArrowLeft') return parentOf(row) ?? null;
    if (key === 'ArrowRight') return row.hasAttribute('aria-expanded') ? (rows[at + 1] ?? null) : null;
    return undefined;
  }

  /** @param {HTMLTableRowElement} row */
  async #toggle(row) {
    if (row.hasAttribute('aria-busy')) return;
    if (row.getAttribute('aria-expanded') === 'true') {
      collapse(row);
      this.#say('collapsed');
    } else await this.#expand(row);
    keepInStep(this.table);
  }

  /** @param {HTMLTableRowElement} row */
  async #expand(row) {
    const url = `/tasks/${row.dataset.task}/children?fragment=rows&level=${levelOf(row) + 1}`;
    const rows = await this.#fetch(row, url);
    if (rows === undefined) return;
    row.after(...rows);
    row.setAttribute('aria-expanded', 'true');
    dress(this.body);
    this.#sayCount(rows);
  }

  /** The rows that follow take the place of the one that offered them. @param {HTMLTableRowElement} row */
  async #showMore(row) {
    const rows = await this.#fetch(row, row.dataset.more ?? '');
    if (rows === undefined) return;
    const hadFocus = row.contains(document.activeElement);
    row.replaceWith(...rows);
    dress(this.body);
    if (hadFocus) rows[0]?.focus();
    this.#sayCount(rows);
  }

  /** @param {HTMLTableRowElement} row @param {string} url */
  async #fetch(row, url) {
    row.setAttribute('aria-busy', 'true');
    try {
      return await readRows(url);
    } catch (error) {
      this.#say(`The rows could not be fetched: ${error instanceof Error ? error.message : error}`);
      return undefined;
    } finally {
      row.removeAttribute('aria-busy');
    }
  }

  async #reopen() {
    for (const id of openIn(location.hash)) {
      const row = this.body.querySelector(`tr[data-flow][data-task="${id}"][aria-expanded="false"]`);
      if (row instanceof HTMLTableRowElement) await this.#expand(row);
    }
    this.table.dataset.ready = '';
  }

  /** @param {readonly HTMLTableRowElement[]} rows */
  #sayCount(rows) {
    const count = rows.filter(({ dataset }) => dataset.task !== undefined).length;
    const more = rows.some(({ dataset }) => dataset.more !== undefined) ? ', and more' : '';
    this.#say(`${count} ${count === 1 ? 'row' : 'rows'}${more}`);
  }

  /** @param {string} words */
  #say(words) {
    this.speaker.textContent = words;
  }
}

/** @param {string} hash */
function openIn(hash) {
  const ids = (/open=([\d,]*)/.exec(hash)?.[1] ?? '').split(',');
  return ids.filter((id) => id !== '').slice(0, MOST_REOPENED);
}

/** @param {HTMLTableElement} table */
function keepInStep(table) {
  const open = [...table.querySelectorAll('tr[aria-expanded="true"]')].map((row) =>
    row.getAttribute('data-task'),
  );
  const hash = open.length === 0 ? '' : `#open=${open.slice(0, MOST_REOPENED).join(',')}`;
  history.replaceState(history.state, '', `${location.pathname}${location.search}${hash}`);
}

for (const table of document.querySelectorAll('table[data-tree]')) {
  const body = table instanceof HTMLTableElement ? table.tBodies[0] : undefined;
  if (table instanceof HTMLTableElement && body !== undefined) new TreeGrid(table, body);
}
