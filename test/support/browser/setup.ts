/** vitest's global set-up for the tests in a browser: without one, the run fails before the first of them. */
import { ensureChromium } from './chromium.ts';

export default async function setup(): Promise<void> {
  await ensureChromium((line) => console.log(`browser: ${line}`));
}
