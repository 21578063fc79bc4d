/** A browser as far as the server sees it: cookies are kept, forms are sent with the token of the page before, redirects are not followed. */
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';

export interface WebAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Sending {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export class WebClient {
  readonly cookies = new Map<string, string>();
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async send(path: string, { method = 'GET', headers = {}, body }: Sending = {}): Promise<WebAnswer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const own = { ...(cookie !== '' && { cookie }), accept: 'text/html', ...headers };
    const answer = await new Promise<WebAnswer>((resolve, reject) => {
      const [target, base] = [path, new URL(this.#url)];
      const options = { host: base.hostname, port: base.port, path: target, method, headers: own };
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(line);
    return answer;
  }

  get(path: string, headers: OutgoingHttpHeaders = {}): Promise<WebAnswer> {
    return this.send(path, { headers });
  }

  post(path: string, fields: Record<string, string>, headers: OutgoingHttpHeaders = {}): Promise<WebAnswer> {
    const body = new URLSearchParams(fields).toString();
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.send(path, { method: 'POST', headers: { ...type, ...headers }, body });
  }

  /** The token that a page has in it. */
  async csrf(page: string): Promise<string> {
    return csrfOf((await this.get(page)).text);
  }

  /** Opens the page and sends its form. */
  async submit(page: string, path: string, fields: Record<string, string>): Promise<WebAnswer> {
    return await this.post(path, { ...fields, _csrf: await this.csrf(page) });
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}

export function csrfOf(text: string): string {
  return (
    /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? /name="csrf" content="([^"]+)"/.exec(text)?.[1] ?? ''
  );
}
