/**
 * A TCP proxy between the daemons and a server, through which a run does to their connections what networks do: cut them,
 * refuse them, slow them down, hold everything back, or carry what is asked and lose what is answered.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

type Pair = readonly [client: Socket, server: Socket];

export class TcpProxy {
  readonly port: number;
  readonly #target: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #hanging = new WeakSet<Pair>();
  #refuses = 0;
  #losesAnswers = 0;
  #delayMs = 0;
  #held: Promise<void> | undefined;

  private constructor(server: Server, target: number) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    this.port = address.port;
    this.#target = target;
    this.#server = server.on('connection', (client: Socket) => this.#accept(client));
  }

  static async listen(target: number): Promise<TcpProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpProxy(server, target);
  }

  /** Ends all connections at once; new ones are taken. */
  cut(): number {
    const { size } = this.#pairs;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
    this.#pairs.clear();
    return size;
  }

  /** Cuts, and ends each new connection at once. */
  async refuse(forMs: number): Promise<void> {
    this.#refuses++;
    this.cut();
    await delay(forMs);
    this.#refuses--;
  }

  /** Every piece of data is late. */
  async slow(forMs: number, byMs: number): Promise<void> {
    this.#delayMs = byMs;
    await delay(forMs);
    this.#delayMs = 0;
  }

  /** Nothing passes, no connection ends; then everything passes. */
  async hold(forMs: number): Promise<void> {
    const held = delay(forMs);
    this.#held = held;
    await held;
    if (this.#held === held) this.#held = undefined;
  }

  /** The connections that are there never carry anything again, and do not end; new ones are as ever. */
  hang(): number {
    for (const pair of this.#pairs) this.#hanging.add(pair);
    return this.#pairs.size;
  }

  /** What is asked arrives and is done; what is answered is lost, and then the connections are. */
  async loseAnswers(forMs: number): Promise<void> {
    this.#losesAnswers++;
    await delay(forMs);
    this.cut();
    this.#losesAnswers--;
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#refuses > 0) {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ host: '127.0.0.1', port: this.#target, noDelay: true });
    server.on('error', () => undefined);
    client.setNoDelay(true);
    const pair: Pair = [client, server];
    this.#pairs.add(pair);
    void this.#carry(client, server, () => !this.#hanging.has(pair));
    void this.#carry(server, client, () => !this.#hanging.has(pair) && this.#losesAnswers === 0);
    for (const socket of pair) {
      socket.once('close', () => {
        this.#pairs.delete(pair);
        for (const each of pair) each.destroy();
      });
    }
  }

  async #carry(from: Socket, to: Socket, passes: () => boolean): Promise<void> {
    try {
      for await (const chunk of from) {
        if (this.#delayMs > 0) await delay(this.#delayMs);
        while (this.#held !== undefined) await this.#held;
        if (passes() && !to.write(chunk as Buffer)) await once(to, 'drain');
      }
      to.end();
    } catch {
      to.destroy(); // either end has gone: so has the other
    }
  }
}
