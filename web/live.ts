/**
 * Live pages: server-sent events (WHATWG HTML, 9.2). Who looks at the same page is served by one look at the database: the regions
 * of a page are made anew for all its readers together, and sent when they differ. What all of this costs is bounded:
 * at most a tenth of the time goes into it, so with many different pages news comes later, never at the expense of work.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { makePage, type Page } from './page.ts';
import type { WebParts } from './parts.ts';
import type { Resource } from './resource.ts';
import type { Frame } from './send-page.ts';
import { render } from './views.ts';

const EVERY_MS = 1_000;
/** For each millisecond of looking, so many of rest. */
const REST = 9;
const HEARTBEAT_MS = 15_000;
/** Browsers come back by themselves, and are asked anew who they are: so a login that has ended is heeded. */
const LONGEST_MS = 300_000;
const MOST_UNREAD_BYTES = 1_000_000;

export interface LivePage {
  readonly resource: Resource;
  readonly given: Readonly<Record<string, unknown>>;
  readonly frame: Frame;
}

interface Topic extends LivePage {
  readonly readers: Set<Response>;
  /** Region -> its markup as it was last sent. */
  readonly sent: Map<string, string>;
  lookedAt: number;
}

export class Live {
  readonly #parts: WebParts;
  readonly #topics = new Map<string, Topic>();
  readonly #stop = new AbortController();
  #looking: Promise<void> | undefined;

  constructor(parts: WebParts) {
    this.#parts = parts;
  }

  /** How many browsers are listening. */
  get readers(): number {
    return [...this.#topics.values()].reduce((sum, { readers }) => sum + readers.size, 0);
  }

  subscribe(request: Request, response: Response, page: LivePage): void {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
    });
    response.write('retry: 3000\n\n');
    const { viewer, path } = page.frame;
    const key = JSON.stringify([viewer?.role, path, page.given]);
    const topic = this.#topics.get(key) ?? { ...page, readers: new Set(), sent: new Map(), lookedAt: 0 };
    this.#topics.set(key, topic);
    topic.readers.add(response);
    for (const [region, html] of topic.sent) response.write(event(region, html));
    const beat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
    const end = setTimeout(() => response.end(), LONGEST_MS);
    request.on('close', () => {
      clearInterval(beat);
      clearTimeout(end);
      topic.readers.delete(response);
      if (topic.readers.size === 0) this.#topics.delete(key);
    });
    this.#looking ??= this.#lookAround().finally(() => {
      this.#looking = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    for (const { readers } of this.#topics.values()) for (const reader of readers) reader.end();
    await this.#looking;
  }

  /** As long as anybody listens: whoever was looked at longest ago is next. */
  async #lookAround(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const [next] = [...this.#topics.values()].sort((a, b) => a.lookedAt - b.lookedAt);
      if (next === undefined) return;
      const began = performance.now();
      const due = next.lookedAt === 0 ? 0 : next.lookedAt + EVERY_MS - began;
      if (due > 0) {
        await pause(due, signal);
        continue;
      }
      await this.#look(next);
      next.lookedAt = performance.now();
      await pause((next.lookedAt - began) * REST, signal);
    }
  }

  /** What cannot be read now (the database is away, the job is gone) stays as it is: the page's next load will tell. */
  async #look(topic: Topic): Promise<void> {
    let regions: [string, string][];
    try {
      regions = await renderRegions(this.#parts, topic);
    } catch {
      return;
    }
    for (const [region, html] of regions) {
      if (isSame(topic.sent.get(region), html)) continue;
      topic.sent.set(region, html);
      for (const reader of topic.readers) send(reader, event(region, html));
    }
  }
}

async function renderRegions(
  parts: WebParts,
  { resource, given, frame }: LivePage,
): Promise<[string, string][]> {
  const page: Page = makePage(frame, resource, await resource.ask(parts, given));
  return resource.regions.map((name) => [name, render(`regions/${name}`, page)]);
}

/** Times since something happened are counted on by the browser. */
function isSame(before: string | undefined, now: string): boolean {
  return before !== undefined && withoutTimes(before) === withoutTimes(now);
}

const withoutTimes = (html: string): string => html.replaceAll(/(<time[^>]*>)[^<]*/g, '$1');

/** Who does not read what was sent is let go: a browser comes back by itself. */
function send(reader: Response, text: string): void {
  if (reader.writableLength > MOST_UNREAD_BYTES) reader.destroy();
  else reader.write(text);
}

const event = (region: string, html: string): string =>
  `event: region\ndata: ${JSON.stringify({ region, html })}\n\n`;

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(Math.max(1, ms), undefined, { signal }).catch(() => undefined);
}
