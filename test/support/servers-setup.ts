/**
 * vitest's global set-up for the projects that need servers. Projects share one pair: the first that starts finds it, the last
 * that ends lets it go. vitest loads this file once per project, so the count is kept on the process, not in the module.
 */
import type { TestProject } from 'vitest/node';
import type { ServerAccess } from './servers/access.ts';
import { type HeldServers, holdServers } from './servers/hold.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mysqlAdminUrl: string;
    amqpUrl: string;
    servers: ServerAccess;
  }
}

interface Shared {
  users: number;
  servers: Promise<HeldServers> | null;
}

const holder: typeof globalThis & { easelTestServers?: Shared } = globalThis;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  holder.easelTestServers ??= { users: 0, servers: null };
  const shared = holder.easelTestServers;
  shared.users += 1;
  shared.servers ??= holdServers((line) => console.log(`test servers: ${line}`));
  const { access, release } = await shared.servers;
  project.provide('mysqlAdminUrl', access.mysql.adminUrl);
  project.provide('amqpUrl', access.amqp.url);
  project.provide('servers', access);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    const left = await release();
    for (const problem of left) console.error(`test servers: not removed: ${problem}`);
    if (left.length > 0) process.exitCode = 1;
  };
}
