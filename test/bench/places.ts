/**
 * Where a run of the bench works: databases and virtual hosts of its own on the servers that the tests use too, and one
 * directory under the temp directory. All of it goes at the end; what is on a server goes even if this process is killed,
 * because the keeper of the servers outlives it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createName } from '../support/servers/access.ts';
import { type HeldServers, holdServers } from '../support/servers/hold.ts';
import { withMysql } from '../support/servers/mysql.ts';
import { createVhostOn, vhostUrl } from '../support/servers/vhosts.ts';

export class Places {
  readonly #root = mkdtempSync(join(tmpdir(), 'easel_bench_'));
  readonly #say: (line: string) => void;
  #servers: Promise<HeldServers> | undefined;

  constructor(say: (line: string) => void) {
    this.#say = say;
    process.once('exit', () => rmSync(this.#root, { recursive: true, force: true }));
  }

  newDirectory(): string {
    return mkdtempSync(join(this.#root, 'installation_'));
  }

  /** An empty database: `mysql://...`, or `sqlite:...` in a directory of its own. */
  async newDatabase(kind: 'mysql' | 'sqlite'): Promise<string> {
    if (kind === 'sqlite') return `sqlite:${join(this.newDirectory(), 'easel.db')}`;
    const { prefix, mysql } = await this.#access();
    const name = createName(prefix);
    await withMysql(mysql.adminUrl, (connection) => connection.query('create database ??', [name]));
    const url = new URL(mysql.adminUrl);
    url.pathname = `/${name}`;
    return url.href;
  }

  async newVhost(): Promise<string> {
    const { prefix, amqp } = await this.#access();
    const name = createName(prefix);
    await createVhostOn(amqp.vhosts, name, decodeURIComponent(new URL(amqp.url).username));
    return vhostUrl(amqp.url, name);
  }

  async release(): Promise<void> {
    for (const problem of (await (await this.#servers)?.release()) ?? [])
      this.#say(`not removed: ${problem}`);
  }

  async #access() {
    this.#servers ??= holdServers(this.#say);
    return (await this.#servers).access;
  }
}
