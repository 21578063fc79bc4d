/** What axe finds wrong with a page for people who hear it, enlarge it or use no mouse: serious and critical findings fail. */
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** What runs in the page is text: the compiler knows no documents here. */
const WIDTHS = '[document.documentElement.scrollWidth, document.documentElement.clientWidth]';
const FAILING = ['serious', 'critical'];
const NAMED = 5;

/** The source is evaluated by the debugger, which the page's content security policy does not concern. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] })',
  )) as AxeResults;
  return violations
    .filter(({ impact }) => FAILING.includes(impact ?? ''))
    .map(({ id, impact, help, nodes }) => {
      const places = nodes
        .slice(0, NAMED)
        .map(({ target, failureSummary }) => `  ${target.join(' ')}: ${failureSummary}`);
      return [`${id} (${impact}): ${help}, ${nodes.length} times`, ...places].join('\n');
    });
}

export async function checkAccessibility(page: Page): Promise<void> {
  const barriers = await findBarriers(page);
  if (barriers.length > 0) throw new Error(`${page.url()} has barriers:\n${barriers.join('\n')}`);
}

/** The page fits its window: nothing of it lies to the right, out of sight. */
export async function checkWidth(page: Page): Promise<void> {
  const [width, room] = (await page.evaluate(WIDTHS)) as [number, number];
  if (width > room) throw new Error(`${page.url()} is ${width} px wide, and the window ${room}`);
}
