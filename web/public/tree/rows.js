/** Rows of the tree: read from the server's fragments, given their roles and buttons, and found by their levels. */
import { make } from '../elements.js';

const DEEPEST = 12;

/** Ours: rows that the server has rendered and escaped. @param {string} url */
export async function readRows(url) {
  const answer = await fetch(url, { headers: { accept: 'text/html' } });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const holder = make('template');
  holder.innerHTML = await answer.text();
  return [...holder.content.querySelectorAll('tr')];
}

/** Gives new rows their roles and, where something is below, their button. @param {HTMLTableSectionElement} body */
export function dress(body) {
  for (const row of body.rows) {
    if (row.hasAttribute('tabindex')) continue;
    row.tabIndex = -1;
    row.setAttribute('aria-level', String(levelOf(row) + 1));
    const cell = row.cells[0];
    if (cell === undefined) continue;
    cell.classList.add('tree-name', `tree-level-${Math.min(DEEPEST, levelOf(row))}`);
    const isFlow = row.dataset.flow !== undefined;
    if (isFlow) row.setAttribute('aria-expanded', 'false');
    cell.prepend(isFlow ? makeToggle() : make('span', { class: 'tree-leaf' }));
  }
}

function makeToggle() {
  return make('button', {
    ...{ type: 'button', class: 'tree-toggle', tabindex: '-1', 'aria-label': 'What is below' },
  });
}

/** @param {HTMLTableRowElement} row */
export function collapse(row) {
  for (let next = nextOf(row); next !== undefined && levelOf(next) > levelOf(row); next = nextOf(row))
    next.remove();
  row.setAttribute('aria-expanded', 'false');
}

/** @param {HTMLTableRowElement} row */
function nextOf({ nextElementSibling: next }) {
  return next instanceof HTMLTableRowElement ? next : undefined;
}

/** The tab key reaches one row, the last that was gone to. @param {HTMLTableSectionElement} body @param {HTMLTableRowElement | undefined} row */
export function makeReachable(body, row) {
  for (const other of body.querySelectorAll('tr[tabindex="0"]'))
    if (other !== row) other.setAttribute('tabindex', '-1');
  if (row !== undefined) row.tabIndex = 0;
}

/** @param {HTMLTableRowElement} row */
export function levelOf({ dataset }) {
  return Number(dataset.level ?? 0);
}

/** @param {HTMLTableRowElement} row */
export function parentOf(row) {
  let above = row.previousElementSibling;
  while (above instanceof HTMLTableRowElement && levelOf(above) >= levelOf(row))
    above = above.previousElementSibling;
  return above instanceof HTMLTableRowElement ? above : undefined;
}
