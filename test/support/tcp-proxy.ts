/** A way to a server that can be cut, and that can fall silent: connected, and nothing comes through any more. */
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: URL;
  readonly #host: string;
  #isSilent = false;

  private constructor(target: URL, host: string) {
    this.#target = target;
    this.#host = host;
    this.#server = createServer((near) => this.#join(near));
  }

  /**
   * @param url of the server, with its port
   * @param host address of this machine where it listens
   */
  static async open(url: string, host = '127.0.0.1'): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url), host);
    proxy.#server.listen(0, host);
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The server's URL, through here. */
  get url(): string {
    const address = this.#server.address();
    const through = new URL(this.#target);
    through.host = `${this.#host}:${typeof address === 'object' ? address?.port : ''}`;
    return through.href;
  }

  /** Two to a connection. */
  get sockets(): number {
    return this.#sockets.size;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  set silent(isSilent: boolean) {
    this.#isSilent = isSilent;
    for (const socket of this.#sockets) if (isSilent) socket.pause();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #join(near: Socket): void {
    const far = createConnection(Number(this.#target.port), this.#target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => {
        if (!this.#isSilent) to.write(chunk);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
