/** Another number of workers of a class, whether some run or none. */

import { reading } from '../../core/db/transaction.ts';
import type { Settings } from '../../core/runtime/settings.ts';
import { hostsAtWork } from '../../core/store/processes.ts';
import { addressesFor } from './addresses.ts';
import { prepareAreas } from './areas.ts';
import { type DeployParts, ownServers, planParts } from './deploy.ts';
import { withDatabase } from './installation.ts';
import type { Orchestrator } from './orchestrator.ts';
import { planWorkers } from './plan-services.ts';

export interface WorkersWish {
  readonly workerClass: string;
  readonly replicas: number;
  /** Of one worker, where there is none yet. */
  readonly slots?: number | undefined;
}

/** Answers how many there were. */
export async function changeWorkers(
  parts: DeployParts & { readonly orchestrator: Orchestrator },
  { workerClass, replicas, slots = 1 }: WorkersWish,
): Promise<number> {
  const { orchestrator, settings, identity } = parts;
  const running = await orchestrator.list();
  const now = running.find((service) => service.role === 'worker' && service.workerClass === workerClass);
  if (now !== undefined) {
    const busy = replicas < now.replicas ? await findBusyHosts(settings) : undefined;
    await orchestrator.scale(now.name, replicas, busy);
    return now.replicas;
  }
  const addresses = addressesFor(settings, identity, ownServers(running, { database: false, broker: false }));
  const service = planWorkers(planParts(parts), addresses, { workerClass, replicas, slots });
  if (orchestrator.kind === 'docker') prepareAreas(service.mounts);
  await orchestrator.apply(service);
  return 0;
}

/** Nobody is spared where the database cannot be asked: all are drained anyway. */
async function findBusyHosts(settings: Settings): Promise<ReadonlySet<string> | undefined> {
  try {
    return await withDatabase(settings, (database) => hostsAtWork(reading(database)));
  } catch {
    return undefined;
  }
}
