/**
 * Pages as people see them, in a real Chromium: on a desk, on a phone, in the dark, without JavaScript. Whatever goes wrong on
 * a page is remembered: errors in its console (what the content security policy refuses is one), scripts that throw, requests
 * that fail. `close` throws when there was any.
 */
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from './chromium.ts';

export const LOOKS = {
  desk: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  phone: { viewport: { width: 375, height: 667 }, colorScheme: 'light', hasTouch: true, isMobile: true },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  plain: { viewport: { width: 1280, height: 800 }, colorScheme: 'light', javaScriptEnabled: false },
} as const satisfies Record<string, BrowserContextOptions>;
export type Look = keyof typeof LOOKS;

const FLAGS = [
  ...['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
];
const STARTING_MS = 60_000;

export class TestBrowser {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    const executablePath = findChromium();
    if (executablePath === undefined)
      throw new Error('there is no Chromium: see test/support/browser/chromium.ts');
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    return new TestBrowser(
      await chromium.launch({ executablePath, args: [...FLAGS, ...asRoot], timeout: STARTING_MS }),
    );
  }

  /** A new person, so to speak: no cookies, nothing stored. */
  async open(look: Look = 'desk', options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.#browser.newContext({ ...LOOKS[look], locale: 'en-GB', ...options });
    return new Visit(await context.newPage());
  }

  /** Opens, hands over, closes: fails when anything went wrong on the page. */
  async visit<T>(look: Look, work: (page: Page, visit: Visit) => Promise<T>): Promise<T> {
    const visit = await this.open(look);
    let result: T;
    try {
      result = await work(visit.page, visit);
    } catch (error) {
      const told = visit.problems.length === 0 ? '' : `\nOn the page:\n${visit.problems.join('\n')}`;
      await visit.leave();
      throw new Error(`${error instanceof Error ? error.message : error}${told}`, { cause: error });
    }
    await visit.close();
    return result;
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

export class Visit {
  readonly page: Page;
  readonly #problems: string[] = [];
  readonly #forgiven: RegExp[] = [];

  constructor(page: Page) {
    this.page = page;
    const context = page.context();
    context.on('console', (message) => {
      if (message.type() === 'error')
        this.#problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.#problems.push(`script: ${error.error().message}`));
    context.on('requestfailed', (request) => {
      const text = request.failure()?.errorText ?? '';
      if (text !== 'net::ERR_ABORTED') this.#problems.push(`request: ${request.url()}: ${text}`); // aborted: the page was left
    });
    context.on('response', (response) => {
      if (response.status() >= 400) this.#problems.push(`answer: ${response.status()} of ${response.url()}`);
    });
  }

  /** What the test brings about itself, such as `/answer: 403/`. */
  forgive(...patterns: readonly RegExp[]): void {
    this.#forgiven.push(...patterns);
  }

  get problems(): string[] {
    return this.#problems.filter((problem) => !this.#forgiven.some((pattern) => pattern.test(problem)));
  }

  /** Throws when something went wrong. */
  async close(): Promise<void> {
    await this.leave();
    const { problems } = this;
    if (problems.length > 0) throw new Error(`on the page: ${problems.join('\n')}`);
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}
