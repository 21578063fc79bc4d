/**
 * Browsers as far as the dashboard's server sees them: streams of news that stay open, and pages loaded now and then. No page is
 * drawn; what is measured is the server.
 */
import { Agent, type ClientRequest, get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const agent = new Agent({ keepAlive: true, maxSockets: 16 });

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

export function fetchPage(url: string, accept = 'text/html'): Promise<Answer> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { accept } }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () =>
        resolve({
          ...{ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() },
          ms: performance.now() - begun,
        }),
      );
    });
    request.once('error', reject);
  });
}

/** So many browsers that listen, spread over these pages. */
export class Audience {
  readonly #requests: ClientRequest[] = [];
  /** News that came, and streams that ended by themselves. */
  events = 0;
  lost = 0;
  #isLeaving = false;

  static async gather(url: string, pages: readonly string[], count: number): Promise<Audience> {
    const audience = new Audience();
    await Promise.all(
      Array.from({ length: count }, (_, at) => audience.#listen(url, pages[at % pages.length] ?? '/')),
    );
    return audience;
  }

  leave(): void {
    this.#isLeaving = true;
    for (const request of this.#requests) request.destroy();
  }

  #listen(url: string, page: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = get(`${url}/live?page=${encodeURIComponent(page)}`, { agent: false }, (response) => {
        if (response.statusCode !== 200)
          reject(new Error(`/live?page=${page} answers ${response.statusCode}`));
        response.on('data', (part: Buffer) => {
          this.events += part.toString().match(/^event: /gm)?.length ?? 0;
        });
        response.once('close', () => {
          if (!this.#isLeaving) this.lost++;
        });
        resolve();
      });
      request.once('error', reject);
      this.#requests.push(request);
    });
  }
}

/** Loads pages one after the other, so many a second, until it is told to stop. Answers how many. */
export function keepLoading(urls: readonly string[], perSecond: number): () => Promise<number> {
  const stop = new AbortController();
  let loaded = 0;
  const loading = (async () => {
    while (!stop.signal.aborted) {
      const url = urls[loaded % urls.length] ?? '';
      const { status } = await fetchPage(url);
      if (status !== 200) throw new Error(`${url} answers ${status}`);
      loaded++;
      await delay(1_000 / perSecond, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  })();
  loading.catch(() => undefined); // told when it is stopped
  return async () => {
    stop.abort();
    await loading;
    return loaded;
  };
}
