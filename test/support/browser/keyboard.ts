/** Pages without a mouse: from one thing to the next with Tab, as far as what is looked for. */
import type { Page } from 'playwright-core';

const STEPS_AT_MOST = 200;

export interface Focused {
  readonly tag: string;
  /** What a person would call it: its label, else its text. */
  readonly name: string;
  /** Whether it shows that it has the focus. */
  readonly isMarked: boolean;
}

/** Runs in the page, and so is text: the compiler knows no documents here. */
const FOCUS = `(() => {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement)) return { tag: '', name: '', isMarked: false };
  const marks = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  const labels = [...(element.labels ?? [])].map(({ textContent }) => textContent).join(' ');
  const name = element.getAttribute('aria-label') || labels || element.textContent || '';
  const isMarked = [element, element.parentElement].some((each) => each !== null && marks(getComputedStyle(each))); // a field, or the frame around it
  return { tag: element.tagName.toLowerCase(), name: name.replaceAll(/\\s+/g, ' ').trim(), isMarked };
})()`;

export async function readFocus(page: Page): Promise<Focused> {
  return (await page.evaluate(FOCUS)) as Focused;
}

/** Presses Tab until something of that name has the focus. Throws when the page comes round to its start before, or marks no focus. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < STEPS_AT_MOST; step++) {
    await page.keyboard.press('Tab');
    const focused = await readFocus(page);
    const isFound = typeof name === 'string' ? focused.name === name : name.test(focused.name);
    if (focused.tag !== 'body' && !focused.isMarked)
      throw new Error(`<${focused.tag}> "${focused.name}" does not show its focus`);
    if (isFound) return;
    passed.push(focused.name);
  }
  throw new Error(`Tab does not lead to "${name}", only to: ${[...new Set(passed)].join(', ')}`);
}
